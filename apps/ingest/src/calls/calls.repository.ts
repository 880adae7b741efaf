import { Injectable } from '@nestjs/common';
import type { LlmCallFilter } from '@signalbox/contracts/graphql';
import { DataSource, In } from 'typeorm';
import { dependencyFailure, isMissingView } from '@signalbox/database';
import { conditionsOf, type Conditions } from './call-conditions.js';
import { LlmCallEntity } from './call.entity.js';
import { CallGroup, type CallStatsType } from './call-stats.type.js';

/** A trace of more LLM calls is a runaway agent; its calls are paged by `llmCalls`. */
const MAX_CALLS_OF_TRACE = 1_000;
const MAX_GROUPS = 1_000;

const KEY_OF: Record<CallGroup, string> = {
  [CallGroup.MODEL]: `coalesce(call.model_name, 'unknown')`,
  [CallGroup.DAY]: `to_char(call.started_at at time zone 'UTC', 'YYYY-MM-DD')`,
  [CallGroup.SOURCE]: 'call.source_id::text',
  [CallGroup.STATUS]: 'call.status',
  [CallGroup.DIALECT]: 'call.dialect',
};

@Injectable()
export class CallsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first, older than the call `after`. */
  async page(filter: LlmCallFilter | null | undefined, after: string | null, limit: number): Promise<LlmCallEntity[]> {
    const conditions = conditionsOf(filter);
    const values = [...conditions.values, limit];
    const older = after === null ? 'true' : `call.id < $${values.push(after)}`;
    const ids = await this.needingLabeling(conditions, () =>
      this.dataSource.query<{ id: string }[]>(
        `select call.id from ingest.llm_call call where ${conditions.sql} and ${older}
         order by call.id desc limit $${conditions.values.length + 1}`,
        values,
      ),
    );
    return this.dataSource.manager.find(LlmCallEntity, {
      where: { id: In(ids.map(({ id }) => id)) },
      order: { id: 'DESC' },
    });
  }

  async byId(ids: readonly string[]): Promise<Map<string, LlmCallEntity>> {
    const found = await this.dataSource.manager.findBy(LlmCallEntity, { id: In([...ids]) });
    return new Map(found.map((call) => [call.id, call]));
  }

  ofTrace(traceId: string): Promise<LlmCallEntity[]> {
    return this.dataSource.manager.find(LlmCallEntity, {
      where: { traceId },
      order: { startedAt: 'ASC', id: 'ASC' },
      take: MAX_CALLS_OF_TRACE,
    });
  }

  async stats(filter: LlmCallFilter | null | undefined, group: CallGroup): Promise<CallStatsType[]> {
    const conditions = conditionsOf(filter);
    const rows = (performance: string, join: string) =>
      this.dataSource.query<CallStatsType[]>(
        `select ${KEY_OF[group]} as key, count(*)::int as calls,
           (count(*) filter (where call.status in ('ERROR', 'TIMEOUT', 'REFUSED')))::int as errors,
           sum(call.cost_usd) as "costUsd", avg(${performance}) as "meanPerformance", count(${performance})::int as labelled,
           percentile_cont(0.5) within group (order by call.response_time_seconds) as "responseTimeSecondsP50",
           percentile_cont(0.95) within group (order by call.response_time_seconds) as "responseTimeSecondsP95"
         from ingest.llm_call call ${join} where ${conditions.sql} group by 1 order by 1 limit ${MAX_GROUPS}`,
        conditions.values,
      );
    return this.needingLabeling(conditions, async () => {
      try {
        return await rows('p.performance', 'left join labeling.performance_v1 p on p.call_id = call.id');
      } catch (error) {
        if (conditions.needsLabeling || !isMissingView(error)) throw error;
        return rows('null::float8', '');
      }
    });
  }

  private async needingLabeling<T>({ needsLabeling }: Conditions, query: () => Promise<T>): Promise<T> {
    try {
      return await query();
    } catch (error) {
      throw needsLabeling ? dependencyFailure(error, 'The filter by labelled or performanceBelow', 'labeling') : error;
    }
  }
}
