import { Injectable } from '@nestjs/common';
import { ELIGIBLE_CALL } from '@signalbox/contracts';
import { dependencyFailure } from '@signalbox/database';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { FrozenPrice } from './assemble.js';
import type { CallFilter, DatasetRequest } from './dataset-request.js';

const lineRow = z.object({ line: z.string() });

/** A candidate of a router and the names that traces use for it. */
export interface CandidateNames {
  name: string;
  aliases: string[];
  available: boolean;
  price: FrozenPrice;
}

@Injectable()
export class KnownCallsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** In the order of the router; empty when there is no such router. */
  async candidatesOf(router: string): Promise<CandidateNames[]> {
    try {
      return await this.dataSource.query<CandidateNames[]>(
        `select name, aliases, available, json_build_object('inputPrice', input_price, 'outputPrice', output_price,
           'cachedInputPrice', cached_input_price) as price
         from registry.candidate_v1 where router = $1 order by position`,
        [router],
      );
    } catch (error) {
      throw dependencyFailure(error, 'The list of candidates', 'registry');
    }
  }

  /**
   * Every call that a candidate of the router answered and that can teach it, in order of its id, through a cursor: lines of JSON
   * that `knownCallOf` reads, which is no work for the thread that answers the API. The replay plans its sample over the same calls.
   */
  async *lines(
    of: { router: string; retrainId: string | null; request: DatasetRequest },
    nameOf: ReadonlyMap<string, string>,
  ): AsyncGenerator<string> {
    const parameters: unknown[] = [of.retrainId, of.router, JSON.stringify(Object.fromEntries(nameOf))];
    const condition = conditionOf(of.request.filter, parameters);
    const runner = this.dataSource.createQueryRunner();
    try {
      const stream: AsyncIterable<unknown> = await runner.stream(statement(condition), parameters);
      for await (const each of stream) yield lineRow.parse(each).line;
    } catch (error) {
      throw dependencyFailure(error, 'A dataset');
    } finally {
      await runner.release();
    }
  }
}

/** Lower-case name or alias to candidate; the own name goes before an alias, and the first candidate before the others. */
export function namesOf(candidates: readonly CandidateNames[]): Map<string, string> {
  const names = new Map<string, string>();
  const enter = (alias: string, name: string) => {
    if (!names.has(alias.toLowerCase())) names.set(alias.toLowerCase(), name);
  };
  for (const { name } of candidates) enter(name, name);
  for (const { name, aliases } of candidates) for (const alias of aliases) enter(alias, name);
  return names;
}

/**
 * The cells of a call come from one replay: this retrain's own, else the one that knows most candidates, since some replays ask but one,
 * and of these the latest; ids are uuids of version 7, those of retrains and of replays that nobody's retrain asked for. Cells of other routers' retrains are none of ours. What an earlier replay drew at random
 * is no random part of the calls of now, so that a retrain takes its own slice alone for random.
 */
const statement = (condition: string): string => `
  with names as (select key as model, value as name from jsonb_each_text($3::jsonb)),
  replayed_cell as (
    select r.call_id, r.retrain_id, r.replay_id, n.name as candidate, r.performance, r.labeler, r.kind, r.cost_usd,
      $1::uuid is not null and r.retrain_id is not distinct from $1::uuid as is_own,
      r.in_random_slice and ($1::uuid is null or r.retrain_id is not distinct from $1::uuid) as in_random_slice,
      lower(r.candidate) = lower(n.name) as by_own_name, count(*) over (partition by r.call_id, r.replay_id) as cells
    from labeling.replay_cell_v1 r
    join names n on n.model = lower(r.candidate)
    left join training.retrain t on t.id = r.retrain_id
    where r.performance is not null and r.labeler is not null and (r.retrain_id is null or t.router = $2)
  ),
  ranked as (
    select *, dense_rank() over (partition by call_id
      order by is_own desc, cells desc, coalesce(retrain_id, replay_id) desc, replay_id desc) as place
    from replayed_cell
  ),
  cell as (
    select distinct on (call_id, candidate) call_id, candidate, performance, labeler, kind, cost_usd, in_random_slice
    from ranked where place = 1
    order by call_id, candidate, by_own_name desc, labeler, performance, cost_usd
  )
  select row_to_json(known)::text as line from (
  select c.id, (extract(epoch from c.started_at) * 1000)::float8 as started_ms, c.query, c.session_id,
    coalesce(by_name.name, by_response.name, by_request.name) as candidate, c.chosen_candidate, c.propensity, c.probabilities,
    c.cost_usd, c.response_time_seconds, p.performance, p.labeler, p.kind, replayed.cells as replayed,
    checked.scores as checked
  from (select * from ingest.call_v1 where ${ELIGIBLE_CALL}) c
  left join names by_name on by_name.model = lower(c.model_name)
  left join names by_response on by_response.model = lower(c.response_model)
  left join names by_request on by_request.model = lower(c.request_model)
  left join labeling.performance_v1 p on p.call_id = c.id
  left join (select call_id, jsonb_agg(to_jsonb(cell) - 'call_id' order by candidate) as cells from cell group by call_id) replayed
    on replayed.call_id = c.id
  left join (
    select call_id, jsonb_build_object('people', max(people), 'judges', jsonb_object_agg(labeler, judge)) as scores
    from labeling.judge_pair_v1 group by call_id) checked on checked.call_id = c.id
  where coalesce(by_name.name, by_response.name, by_request.name) is not null and ${condition}
  ) known
  order by known.id`;

/** Adds the values that it names to `parameters`. */
function conditionOf(filter: CallFilter | null, parameters: unknown[]): string {
  if (filter === null) return 'true';
  const conditions = ['true'];
  const given = (value: unknown, sql: (place: string) => string) => {
    if (value !== null) conditions.push(sql(`$${parameters.push(value)}`));
  };
  given(filter.from, (place) => `c.started_at >= ${place}::timestamptz`);
  given(filter.to, (place) => `c.started_at < ${place}::timestamptz`);
  given(filter.modelName, (place) => `c.model_name = any(${place}::text[])`);
  given(filter.sourceId, (place) => `c.source_id = ${place}::uuid`);
  given(filter.sessionId, (place) => `c.session_id = ${place}`);
  given(filter.userId, (place) => `c.user_id = ${place}`);
  given(filter.status, (place) => `c.status = any(${place}::text[])`);
  given(filter.labelled, (place) => `(p.performance is not null) = ${place}::boolean`);
  given(filter.performanceBelow, (place) => `p.performance < ${place}::float8`);
  given(filter.text, (place) => `strpos(lower(c.query), lower(${place}::text)) > 0`);
  return conditions.join(' and ');
}
