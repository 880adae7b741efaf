import { Injectable } from '@nestjs/common';
import { dependencyFailure } from '@signalbox/database';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { FrozenPrice } from './assemble.js';
import type { CallFilter, DatasetRequest } from './dataset-request.js';
import { knownCalls } from './known-calls.sql.js';

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

/** A line of JSON for each call. */
const statement = (condition: string): string =>
  `select row_to_json(known)::text as line from (${knownCalls(condition)}) known`;

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
