import { Context, Parent, ResolveField, Resolver, ResolveReference } from '@nestjs/graphql';
import { type GraphContext } from '@signalbox/platform';
import { RouterEntity } from '../routers/router.entity.js';
import { RouterType } from '../routers/router.type.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import { reportOf } from './gate-report.js';
import { VersionReader } from './version-reader.js';
import { VersionEntity } from './version.entity.js';
import { ArtifactType, GateReportType, RouterVersionType, TrainingRunStub } from './version.type.js';

@Resolver(() => RouterVersionType)
export class VersionsResolver {
  constructor(
    private readonly versions: VersionReader,
    private readonly routers: RoutersRepository,
  ) {}

  @ResolveReference()
  reference({ id }: { id: string }, { loaders }: GraphContext): Promise<VersionEntity | null> {
    return loaders.load('version', id, (ids) => this.versions.byId(ids));
  }

  @ResolveField(() => RouterType, { description: 'The router that it is a version of.' })
  router(@Parent() { routerId }: VersionEntity, @Context() { loaders }: GraphContext): Promise<RouterEntity | null> {
    return loaders.load('router by id', routerId, (ids) => this.routers.byId(ids));
  }

  @ResolveField(() => [String], { description: 'The aliases that point to it now, e.g. `champion`.' })
  async aliases(@Parent() { id }: VersionEntity, @Context() { loaders }: GraphContext): Promise<string[]> {
    return (await loaders.load('aliases', id, (ids) => this.versions.aliasesOf(ids))) ?? [];
  }

  @ResolveField(() => ArtifactType, { description: 'Its files.' })
  artifact(@Parent() { uri, sha256, bytes, manifest }: VersionEntity): ArtifactType {
    return { uri, sha256, bytes, signed: false, manifest };
  }

  @ResolveField(() => TrainingRunStub, {
    nullable: true,
    description: 'The run that trained it; null for a first version.',
  })
  trainingRun(@Parent() { trainingRunId }: VersionEntity): TrainingRunStub | null {
    return trainingRunId === null ? null : { id: trainingRunId };
  }

  @ResolveField(() => GateReportType, {
    nullable: true,
    description: 'Its gate; null before it ran, and for a first version, which needs none.',
  })
  gate(@Parent() version: VersionEntity): GateReportType | null {
    return reportOf(version);
  }
}
