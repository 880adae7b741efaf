import { needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { ELIGIBLE_CALL } from '@signalbox/contracts';
import { DataSource } from 'typeorm';
import { ANSWERED_BY, Bound, conditionOf, type StoredFilter } from '../calls/call-filter.js';

/** A call whose prompt a replay could ask again. */
export interface PooledCall {
  id: string;
  query: string;
  inputTokens: number | null;
  costUsd: number | null;
  /** Names under which it tells who answered it, in lower case, the resolved one first. */
  answeredBy: (string | null)[];
  /** Score of the logged answer by one of the labelers that were asked for; null without such a label. */
  loggedScore: number | null;
}

export interface PoolAsked {
  filter: StoredFilter;
  seed: number;
  size: number;
  /** Where given, calls that one of these models answered, names in lower case, with a label of one of these `labeler@version`. */
  comparable: { models: readonly string[]; labelers: readonly string[] } | null;
}

/** Calls that a replay draws from, themselves a random part of all that it could. */
@Injectable()
export class PoolRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns also how many there are in all */
  async draw({ filter, seed, size, comparable }: PoolAsked): Promise<{ calls: PooledCall[]; eligible: number }> {
    const bound = new Bound();
    const score = comparable ? 'l.score' : 'null::float8';
    const labelled = comparable
      ? `join lateral (
           select score from labeling.label where call_id = call.id and score is not null
             and labeler || '@' || labeler_version = any(${bound.bind(comparable.labelers)}::text[])
           order by kind = 'METRIC' desc, created_at desc limit 1) l on ${ANSWERED_BY} && ${bound.bind(comparable.models)}::text[]`
      : '';
    const condition = conditionOf(filter, bound);
    const rows = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<(PooledCall & { eligible: number })[]>(
        `select call.id, call.query, call.input_tokens as "inputTokens",
           call.cost_usd as "costUsd", ${ANSWERED_BY} as "answeredBy", ${score} as "loggedScore", (count(*) over ())::int as eligible
         from (select * from ingest.call_v1 where ${ELIGIBLE_CALL}) call ${labelled}
         where ${condition}
         order by md5(${bound.bind(String(seed))} || call.id::text) limit ${bound.bind(size)}`,
        bound.values,
      ),
    );
    return { calls: rows.map(({ eligible: _, ...call }) => call), eligible: rows[0]?.eligible ?? 0 };
  }
}
