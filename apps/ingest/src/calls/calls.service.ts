import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { decodeCursor, MAX_PAGE, pageOf, type Connection, type LlmCallFilter } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';
import { LlmCallEntity } from './call.entity.js';
import type { CallGroup, CallStatsType } from './call-stats.type.js';
import { CallsRepository } from './calls.repository.js';
import type { TraceType } from './trace.type.js';

/** @throws SignalboxError INVALID_INPUT */
export function keysetOf(after: string | null | undefined): string | null {
  if (after === null || after === undefined) return null;
  const id = decodeCursor(after);
  if (!isUuid(id)) throw new SignalboxError('INVALID_INPUT', 'after: this is not a cursor of this list');
  return id;
}

/** @throws SignalboxError INVALID_INPUT */
export function pageSizeOf(first: number): number {
  if (Number.isInteger(first) && first >= 1 && first <= MAX_PAGE) return first;
  throw new SignalboxError('INVALID_INPUT', `first: expected 1 to ${MAX_PAGE}`);
}

@Injectable()
export class CallsService {
  constructor(private readonly calls: CallsRepository) {}

  /** @throws SignalboxError INVALID_INPUT; DEPENDENCY_UNAVAILABLE when the filter needs labeling and it is not there */
  async list(
    filter: LlmCallFilter | null | undefined,
    first: number,
    after: string | null | undefined,
  ): Promise<Connection<LlmCallEntity>> {
    const size = pageSizeOf(first);
    return pageOf(await this.calls.page(filter, keysetOf(after), size + 1), size, (call) => call.id);
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
