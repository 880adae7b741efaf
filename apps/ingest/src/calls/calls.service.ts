import { Injectable } from '@nestjs/common';
import { pageAsked, pageOf, type Connection, type LlmCallFilter } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';
import { LlmCallEntity } from './call.entity.js';
import type { CallGroup, CallStatsType } from './call-stats.type.js';
import { CallsRepository } from './calls.repository.js';
import type { TraceType } from './trace.type.js';

@Injectable()
export class CallsService {
  constructor(private readonly calls: CallsRepository) {}

  /** @throws SignalboxError INVALID_INPUT; DEPENDENCY_UNAVAILABLE when the filter needs labeling and it is not there */
  async list(
    filter: LlmCallFilter | null | undefined,
    first: number,
    after: string | null | undefined,
  ): Promise<Connection<LlmCallEntity>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf(await this.calls.page(filter, page.after, page.size + 1), page, (call) => call.id);
  }

  /** Ids that are no uuids are unknown, as others are. */
  byId(ids: readonly string[]): Promise<Map<string, LlmCallEntity>> {
    return this.calls.byId(ids.filter((id) => isUuid(id)));
  }

  async trace(traceId: string): Promise<(TraceType & { calls: LlmCallEntity[] }) | null> {
    const calls = await this.calls.ofTrace(traceId.toLowerCase());
    const [first] = calls;
    if (!first) return null;
    const end = Math.max(...calls.map((call) => call.startedAt.getTime() + call.responseTimeSeconds * 1000));
    const costs = calls.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
    return {
      traceId: first.traceId,
      startedAt: first.startedAt,
      durationSeconds: (end - first.startedAt.getTime()) / 1000,
      calls,
      costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    };
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE when the filter needs labeling and it is not there */
  stats(filter: LlmCallFilter | null | undefined, groupBy: CallGroup): Promise<CallStatsType[]> {
    return this.calls.stats(filter, groupBy);
  }
}
