import { Inject, Injectable } from '@nestjs/common';
import { MAX_LISTED } from '@signalbox/database';
import {
  explainPerformance,
  resolvePerformance,
  type LabelOpinion,
  type LabelUse,
  type ResolvedPerformance,
} from '@signalbox/scoring';
import { DataSource, type EntityManager } from 'typeorm';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';

/** What a label is on. */
export type LabelledThing = 'call_id' | 'replay_cell_id';

type OpinionRow = LabelOpinion & { id: string; target: string };

/** Where the performance of an answer comes from. */
export interface ExplainedAnswer {
  resolved: ResolvedPerformance | null;
  /** The oldest first. */
  uses: LabelUse<OpinionRow>[];
}

/** The performance of each answer, as the operator's policy resolves its labels. */
@Injectable()
export class PerformanceRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** Of answers whose rows the transaction holds. */
  async resolve(manager: EntityManager, thing: LabelledThing, targets: readonly string[]): Promise<void> {
    const ids = [...new Set(targets)];
    const opinions = await this.opinions(manager, thing, ids);
    const { labelPolicy } = this.environment;
    const resolved = ids.map((target) => ({ target, ...resolvePerformance(opinions.get(target) ?? [], labelPolicy) }));
    const [table, key] = thing === 'call_id' ? ['performance', 'call_id'] : ['replay_cell', 'id'];
    await manager.query(
      `update labeling.${table} p set performance = r.performance, kind = r.kind, labeler = r.labeler
         ${thing === 'call_id' ? ', updated_at = clock_timestamp()' : ''}
       from jsonb_to_recordset($1::jsonb) as r(target uuid, performance float8, kind text, labeler text)
       where p.${key} = any($2::uuid[]) and p.${key} = r.target`,
      [JSON.stringify(resolved), ids],
    );
  }

  async performanceOf(ids: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<{ id: string; performance: number }[]>(
      'select call_id as id, performance from labeling.performance_v1 where call_id = any($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, performance }) => [id, performance]));
  }

  /** The labels of each of these answers, the oldest first. */
  private async opinions(
    manager: EntityManager,
    thing: LabelledThing,
    ids: readonly string[],
  ): Promise<Map<string, OpinionRow[]>> {
    const rows = await manager.query<OpinionRow[]>(
      `select l.id, l.${thing} as target, l.kind, l.labeler, l.labeler_version as version, l.score, l.abstained,
         nullif(l.user_id, '') as "userId", (extract(epoch from l.created_at) * 1000)::float8 as "createdAtMs",
         coalesce(c.passes_gate, false) or coalesce((j.settings ->> 'allowUncalibrated')::boolean, false) as calibrated
       from labeling.label l
       left join labeling.labeler j on l.kind = 'JUDGE' and j.name = l.labeler
       left join labeling.calibration c on l.kind = 'JUDGE' and c.judge = l.labeler and c.version = l.labeler_version
       where l.${thing} = any($1::uuid[])
       order by l.created_at, l.id`,
      [ids],
    );
    return Map.groupBy(rows, (row) => row.target);
  }

  /** Why each of these calls' answers has the performance that it has, or none. */
  async explain(callIds: readonly string[]): Promise<Map<string, ExplainedAnswer>> {
    const opinions = await this.opinions(this.dataSource.manager, 'call_id', callIds);
    return new Map(
      callIds.map((id) => {
        const { resolved, uses } = explainPerformance(opinions.get(id) ?? [], this.environment.labelPolicy);
        return [id, { resolved, uses: uses.slice(0, MAX_LISTED) }];
      }),
    );
  }
}
