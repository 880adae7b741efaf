import { needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { ELIGIBLE_CALL } from '@signalbox/contracts';
import { DataSource } from 'typeorm';
import { ANSWERED_BY, answeredBy, Bound, conditionOf, type StoredFilter } from '../calls/call-filter.js';
import type { EligiblePrompt } from './plan-sample.js';

/** {@link ELIGIBLE_CALL} but for the tools: calls that are left out of a replay because it cannot run them. */
const NEEDS_TOOLS = "status = 'OK' and query is not null and response is not null and has_tools and not truncated";

/** Of fewer answers or scores of a model nothing is told. */
const KNOWN_FROM = 30;
const NEWEST_LABELS = 50_000;

export interface Eligible {
  prompts: number;
  needTools: number;
  meanInputTokens: number | null;
  meanOutputTokens: number | null;
}

/** Calls whose prompts can be asked again. */
@Injectable()
export class EligibleRepository {
  constructor(private readonly dataSource: DataSource) {}

  async summary(filter: StoredFilter): Promise<Eligible> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const [row] = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<Eligible[]>(
        `select (count(*) filter (where ${ELIGIBLE_CALL}))::int as prompts,
           (count(*) filter (where ${NEEDS_TOOLS}))::int as "needTools",
           (avg(input_tokens) filter (where ${ELIGIBLE_CALL}))::float8 as "meanInputTokens",
           (avg(output_tokens) filter (where ${ELIGIBLE_CALL}))::float8 as "meanOutputTokens"
         from ingest.call_v1 call where ${condition}`,
        bound.values,
      ),
    );
    return row ?? { prompts: 0, needTools: 0, meanInputTokens: null, meanOutputTokens: null };
  }

  /** Mean length of the answers of each model with at least {@link KNOWN_FROM}, in tokens; names in lower case. */
  async outputTokens(filter: StoredFilter): Promise<Map<string, number>> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const rows = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<{ model: string; tokens: number }[]>(
        `select lower(model_name) as model, avg(output_tokens)::float8 as tokens
         from ingest.call_v1 call where ${ELIGIBLE_CALL} and ${condition} and model_name is not null
         group by 1 having count(output_tokens) >= ${KNOWN_FROM}`,
        bound.values,
      ),
    );
    return new Map(rows.map(({ model, tokens }) => [model, tokens]));
  }

  /** Eligible calls that none of these names answered: what share of all they are, and what one cost on average, USD. */
  async ofOthers(
    filter: StoredFilter,
    names: readonly string[],
  ): Promise<{ share: number; meanCostUsd: number | null }> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const others = `call.model_name is not null and not ${ANSWERED_BY} && ${bound.bind(names.map((name) => name.toLowerCase()))}::text[]`;
    const [row] = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<{ share: number; meanCostUsd: number | null }[]>(
        `select coalesce((count(*) filter (where ${others}))::float8 / nullif(count(*), 0), 0) as share,
           (avg(cost_usd) filter (where ${others}))::float8 as "meanCostUsd"
         from ingest.call_v1 call where ${ELIGIBLE_CALL} and ${condition}`,
        bound.values,
      ),
    );
    return row ?? { share: 0, meanCostUsd: null };
  }

  /** Every eligible call that one of these models answered, in order of time: what the dataset of the router is built from. */
  ofModels(models: readonly string[]): Promise<EligiblePrompt[]> {
    const bound = new Bound();
    const condition = answeredBy(models, bound);
    return needing(
      'ingest',
      'A replay',
      this.dataSource.query<EligiblePrompt[]>(
        `select id, query, session_id as "sessionId", (extract(epoch from started_at) * 1000)::float8 as "startedAtMs"
         from ingest.call_v1 call where ${ELIGIBLE_CALL} and ${condition} order by started_at, id`,
        bound.values,
      ),
    );
  }

  async needingTools(models: readonly string[]): Promise<number> {
    const bound = new Bound();
    const condition = answeredBy(models, bound);
    const [row] = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<{ calls: number }[]>(
        `select count(*)::int as calls from ingest.call_v1 call where ${NEEDS_TOOLS} and ${condition}`,
        bound.values,
      ),
    );
    return row?.calls ?? 0;
  }

  /**
   * Standard deviations of known performances, 0..1: of each model with at least {@link KNOWN_FROM}, names in lower case, and of all of
   * them together. Of the newest calls alone, which tell enough.
   */
  async deviations(filter: StoredFilter): Promise<{ ofModels: Map<string, number>; ofAll: number | null }> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const rows = await needing(
      'ingest',
      'A replay',
      this.dataSource.query<{ model: string | null; deviation: number }[]>(
        `select model, stddev_samp(performance::numeric)::float8 as deviation
         from (select lower(call.model_name) as model, p.performance
           from labeling.performance_v1 p join ingest.call_v1 call on call.id = p.call_id
           where ${ELIGIBLE_CALL} and ${condition} order by p.call_id desc limit ${NEWEST_LABELS}) newest
         group by grouping sets ((), (model)) having count(*) >= ${KNOWN_FROM} and (grouping(model) = 1 or model is not null)
         order by grouping(model)`,
        bound.values,
      ),
    );
    const named = rows.flatMap(({ model, deviation }): [string, number][] =>
      model === null ? [] : [[model, deviation]],
    );
    return { ofModels: new Map(named), ofAll: rows.find(({ model }) => model === null)?.deviation ?? null };
  }
}
