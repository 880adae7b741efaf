import { Injectable } from '@nestjs/common';
import { SignalboxError, type RetrainRow } from '@signalbox/contracts';
import type { JobContext, StageOutput } from '@signalbox/queue';
import { outputId } from '../retrains/stage-output.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import type { VersionEntity } from '../versions/version.entity.js';
import { VersionsRepository } from '../versions/versions.repository.js';
import type { DeploymentEntity } from './deployment.entity.js';
import { CHAMPION, DeploymentsService } from './deployments.service.js';
import { DeploymentsRepository } from './deployments.repository.js';

/** The stage `deploy`: the version becomes champion when its gate passed, against the champion of now, and it was asked for. */
@Injectable()
export class DeployJob {
  constructor(
    private readonly routers: RoutersRepository,
    private readonly versions: VersionsRepository,
    private readonly deployments: DeploymentsRepository,
    private readonly service: DeploymentsService,
  ) {}

  async run(retrain: RetrainRow, { fence }: JobContext): Promise<StageOutput> {
    const versionId = outputId(retrain, ['register'], 'versionId');
    const version = await this.versions.find(versionId);
    if (!version) throw new SignalboxError('NOT_FOUND', `There is no version ${versionId}.`);
    const known = (await this.routers.byId([version.routerId])).get(version.routerId);
    if (!known) throw new SignalboxError('NOT_FOUND', `There is no router ${retrain.router}.`);
    return this.service.moving(known, CHAMPION, async (manager) => {
      await fence(manager);
      const router = await this.routers.lock(manager, version.routerId);
      const name = `${router.name}@${version.version}`;
      const done = await this.deployments.ofRetrain(manager, retrain.id);
      if (done) return deployed(name, done);
      const champion = await this.deployments.targetIn(manager, router.id, CHAMPION);
      const reason = reasonAgainst(retrain, version, champion?.versionId ?? null);
      if (reason !== null) {
        return {
          deployed: false,
          reason,
          version: name,
          champion: champion && `${champion.router}@${champion.version}`,
        };
      }
      const actor = `retrain ${retrain.id}`;
      const move = { router, alias: CHAMPION, version, actor, action: 'deploy', retrainId: retrain.id };
      return deployed(name, await this.service.move(manager, move));
    });
  }
}

function deployed(name: string, { id, uri }: DeploymentEntity): StageOutput {
  return { deployed: true, version: name, champion: name, deploymentId: id, uri };
}

function reasonAgainst(
  { request }: RetrainRow,
  { gate, gatedAgainst }: VersionEntity,
  championId: string | null,
): string | null {
  if (gate === null) return 'the version has not been through its gate';
  if (!gate.passed) {
    const failed = gate.checks.filter(({ passed }) => !passed).map(({ name }) => name);
    return `the gate refused: ${failed.join(', ')}`;
  }
  if (!request.promoteIfGatePasses) return 'the retrain was asked not to promote';
  if (gatedAgainst !== championId) return 'the champion changed after the gate had compared with it';
  return null;
}
