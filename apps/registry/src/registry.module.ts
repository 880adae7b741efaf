import { Module, type DynamicModule } from '@nestjs/common';
import { IdempotencyKeys } from '@signalbox/database';
import { OwnEmbedder } from '@signalbox/embedders';
import { openObjectStore } from '@signalbox/object-store';
import {
  HealthController,
  serviceImports,
  workersFor,
  type ServiceEdges,
  type ServiceEnvironment,
} from '@signalbox/platform';
import { CarriedEmbedders } from './decisions/carried-embedders.js';
import { DecisionsResolver } from './decisions/decisions.resolver.js';
import { DecisionsService } from './decisions/decisions.service.js';
import { QueryEmbedder } from './decisions/query-embedder.js';
import { ServedVersions } from './decisions/served-versions.js';
import { AliasEntity } from './deployments/alias.entity.js';
import { DeployJob } from './deployments/deploy.job.js';
import { DeploymentEntity } from './deployments/deployment.entity.js';
import { DeploymentsRepository } from './deployments/deployments.repository.js';
import { DeploymentsResolver } from './deployments/deployments.resolver.js';
import { DeploymentsService } from './deployments/deployments.service.js';
import { PointerReconciler } from './deployments/pointer-reconciler.js';
import { OBJECT_STORE } from './registry.environment.js';
import { RegistryGraph } from './registry.graph.js';
import { RegistryWork } from './registry.work.js';
import { CandidateEntity } from './routers/candidate.entity.js';
import { EvidenceRepository } from './routers/evidence.repository.js';
import { RouterAnnouncer } from './routers/router-announcer.js';
import { RouterEntity } from './routers/router.entity.js';
import { RoutersRepository } from './routers/routers.repository.js';
import { RoutersResolver } from './routers/routers.resolver.js';
import { RoutersService } from './routers/routers.service.js';
import { GateJob } from './versions/gate.job.js';
import { ModelFile } from './versions/model-file.js';
import { RegisterJob } from './versions/register.job.js';
import { RegistryStages } from './retrains/registry-stages.js';
import { TrainingRunRepository } from './versions/training-run.repository.js';
import { VersionReader } from './versions/version-reader.js';
import { VersionWriter } from './versions/version-writer.js';
import { VersionEntity } from './versions/version.entity.js';
import { VersionsRepository } from './versions/versions.repository.js';
import { VersionsResolver } from './versions/versions.resolver.js';

const ENTITIES = [RouterEntity, CandidateEntity, VersionEntity, AliasEntity, DeploymentEntity];

/** A decision waits for the vector of its prompt: after 2 seconds it goes without. */
const ONE_QUERY = { workers: 1, timeoutSeconds: 2, retries: 0 };

@Module({})
export class RegistryModule {
  static forEnvironment(environment: ServiceEnvironment, edges?: ServiceEdges): DynamicModule {
    return {
      module: RegistryModule,
      imports: serviceImports({ service: 'registry', graph: RegistryGraph, entities: ENTITIES }, environment, edges),
      controllers: [HealthController],
      providers: [
        { provide: OBJECT_STORE, useValue: openObjectStore(environment.objectStoreUrl) },
        { provide: IdempotencyKeys, useValue: new IdempotencyKeys('registry') },
        { provide: OwnEmbedder, useFactory: () => new OwnEmbedder(environment.embedder, ONE_QUERY) },
        RoutersRepository,
        EvidenceRepository,
        RoutersService,
        RouterAnnouncer,
        RoutersResolver,
        VersionsRepository,
        TrainingRunRepository,
        ModelFile,
        VersionWriter,
        VersionReader,
        VersionsResolver,
        RegisterJob,
        GateJob,
        DeploymentsRepository,
        DeploymentsService,
        DeploymentsResolver,
        DeployJob,
        PointerReconciler,
        CarriedEmbedders,
        QueryEmbedder,
        ServedVersions,
        DecisionsService,
        DecisionsResolver,
        RegistryStages,
        ...workersFor('registry', RegistryWork, environment),
      ],
    };
  }
}
