import { Injectable } from '@nestjs/common';
import { SignalboxError, type GateReportRecord, type RetrainRow } from '@signalbox/contracts';
import type { JobContext, StageOutput } from '@signalbox/queue';
import type { EntityManager } from 'typeorm';
import { CHAMPION } from '../deployments/deployments.service.js';
import { DeploymentsRepository } from '../deployments/deployments.repository.js';
import { outputId } from '../retrains/stage-output.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import { gateReport } from './gate-evidence.js';
import { TrainingRunRepository } from './training-run.repository.js';
import { VersionStatus, type VersionEntity } from './version.entity.js';
import { VersionsRepository } from './versions.repository.js';

/** The stage `gate`: decides once for each version whether it may go live. */
@Injectable()
export class GateJob {
  constructor(
    private readonly routers: RoutersRepository,
    private readonly runs: TrainingRunRepository,
    private readonly versions: VersionsRepository,
    private readonly deployments: DeploymentsRepository,
  ) {}

  async run(retrain: RetrainRow, { fence }: JobContext): Promise<StageOutput> {
    const versionId = outputId(retrain, ['register'], 'versionId');
    const version = await this.versions.find(versionId);
    if (!version) throw new SignalboxError('NOT_FOUND', `There is no version ${versionId}.`);
    if (version.gate) return told(version.gate);
    const evidence = version.trainingRunId === null ? null : await this.runs.gateInput(version.trainingRunId);
    return this.routers.transaction(async (manager) => {
      await fence(manager);
      return this.decide(manager, version, evidence);
    });
  }

  /** Holds the router, so that no two gates count the same gates before them. */
  private async decide(
    manager: EntityManager,
    { id, routerId }: VersionEntity,
    evidence: unknown,
  ): Promise<StageOutput> {
    const router = await this.routers.lock(manager, routerId);
    const known = await this.versions.gateOf(manager, id);
    if (known) return told(known);
    const champion = await this.deployments.targetIn(manager, routerId, CHAMPION);
    const { report, spentError } = gateReport({
      evidence,
      limits: router.gate,
      gatesBefore: await this.versions.gatesSpent(manager, routerId),
      champion: champion && `${champion.router}@${champion.version}`,
    });
    await this.versions.update(manager, id, {
      gate: report,
      gateSpentError: spentError,
      gatedAgainst: champion?.versionId ?? null,
      status: report.passed ? VersionStatus.VALIDATED : VersionStatus.REJECTED,
    });
    return told(report);
  }
}

function told({ passed, checks, power, promptsNeeded }: GateReportRecord): StageOutput {
  const failed = checks.filter((check) => !check.passed).map(({ name }) => name);
  return { passed, checks: checks.length, failed, power, promptsNeeded };
}
