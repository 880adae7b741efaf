import type { LlmCallFilter } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';

export interface Conditions {
  /** SQL over `ingest.llm_call call` with $1, $2 ...; `true` when there is none. */
  sql: string;
  values: unknown[];
  /** Whether labeling's view is read. */
  needsLabeling: boolean;
}

const LABELLED = `exists (select from labeling.performance_v1 p where p.call_id = call.id and p.performance is not null)`;

/** A filter as SQL. Times become bounds of the id, whose first 48 bits are the start, so that partitions are left out. */
export function conditionsOf(filter: LlmCallFilter | null | undefined): Conditions {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const { from, to, modelName, sourceId, sessionId, userId, status, labelled, performanceBelow, text } = filter ?? {};
  const given = <T>(value: T | null | undefined, condition: (value: T) => string): string[] =>
    value === null || value === undefined ? [] : [condition(value)];
  /** An index gives the rows of one value in the order of the page, those of several not. */
  const oneOf = (column: string, names: readonly string[]): string =>
    names.length === 1 ? `${column} = ${bind(names[0])}` : `${column} = any(${bind(names)}::text[])`;
  const conditions = [
    ...given(from, (date) => `call.id >= ingest.id_at(${bind(date)}::timestamptz)`),
    ...given(to, (date) => `call.id < ingest.id_at(${bind(date)}::timestamptz)`),
    ...given(modelName, (names) => oneOf('call.model_name', names)),
    ...given(sourceId, (id) => (isUuid(id) ? `call.source_id = ${bind(id)}::uuid` : 'false')),
    ...given(sessionId, (id) => `call.session_id = ${bind(id)}`),
    ...given(userId, (id) => `call.user_id = ${bind(id)}`),
    ...given(status, (names) => oneOf('call.status', names)),
    ...given(labelled, (yes) => (yes ? LABELLED : `not ${LABELLED}`)),
    ...given(
      performanceBelow,
      (limit) =>
        `exists (select from labeling.performance_v1 p where p.call_id = call.id and p.performance < ${bind(limit)})`,
    ),
    ...given(text, (part) => `strpos(lower(call.query), lower(${bind(part)})) > 0`),
  ];
  return {
    sql: conditions.length === 0 ? 'true' : conditions.join(' and '),
    values,
    needsLabeling: (labelled ?? null) !== null || (performanceBelow ?? null) !== null,
  };
}
