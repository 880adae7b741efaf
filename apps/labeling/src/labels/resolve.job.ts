import { Inject, Injectable } from '@nestjs/common';
import { workJob, type JobContext, type WorkItem } from '@signalbox/queue';
import { DEFAULT_LABEL_POLICY } from '@signalbox/scoring';
import { DataSource } from 'typeorm';
import { NIL } from 'uuid';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { LabelRepository } from './label.repository.js';

/** There is one such work. */
export const RESOLVE_JOB = workJob('resolve-performances');
export const RESOLVE: WorkItem = { id: NIL };

/** Resolves every performance again once the operator has changed the label policy. */
@Injectable()
export class ResolveJob {
  constructor(
    private readonly dataSource: DataSource,
    private readonly labels: LabelRepository,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  async isDue(): Promise<boolean> {
    const [row] = await this.dataSource.query<{ policy: string }[]>('select policy from labeling.label_policy');
    return (row?.policy ?? JSON.stringify(DEFAULT_LABEL_POLICY)) !== JSON.stringify(this.environment.labelPolicy);
  }

  /** It may be stopped or killed at any moment and done again. */
  async run({ signal, fence }: JobContext): Promise<void> {
    if (!(await this.labels.resolveAll(signal))) return;
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      await manager.query(
        'insert into labeling.label_policy (policy) values ($1) on conflict (one) do update set policy = excluded.policy',
        [JSON.stringify(this.environment.labelPolicy)],
      );
    });
  }
}
