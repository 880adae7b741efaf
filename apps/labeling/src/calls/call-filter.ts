import { CALL_STATUSES } from '@signalbox/contracts';
import { z } from 'zod';

/** The filter of a run as its row keeps it; `LlmCallFilter` of the API, with times as text. */
export const storedFilter = z.object({
  from: z.coerce.date().nullish(),
  to: z.coerce.date().nullish(),
  modelName: z.array(z.string()).nullish(),
  sourceId: z.string().nullish(),
  sessionId: z.string().nullish(),
  userId: z.string().nullish(),
  status: z.array(z.enum(CALL_STATUSES)).nullish(),
  labelled: z.boolean().nullish(),
  performanceBelow: z.number().nullish(),
  text: z.string().nullish(),
});
export type StoredFilter = z.infer<typeof storedFilter>;

/** Whether a filter lets every call through. */
export const isUnfiltered = (filter: StoredFilter): boolean =>
  Object.values(filter).every((value) => value === null || value === undefined);

/** Answers that can be scored: whole, with the prompt. A text that was cut on its way is not what the model answered. */
export const ANSWERED =
  "call.status = 'OK' and call.query is not null and call.response is not null and not call.truncated";

/** The values of a statement, in order of their `$n`. */
export class Bound {
  readonly values: unknown[] = [];
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** A filter as a condition on `ingest.call_v1 call`. Times become bounds of the id, which starts with the time, and is indexed. */
export function conditionOf(filter: StoredFilter, bound: Bound): string {
  const given = <T>(value: T | null | undefined, condition: (value: T) => string): string[] =>
    value === null || value === undefined ? [] : [condition(value)];
  const performance = (condition: string) =>
    `exists (select from labeling.performance p where p.call_id = call.id and ${condition})`;
  const conditions = [
    ...given(filter.from, (time) => `call.id >= ${bound.bind(idAt(time))}::uuid`),
    ...given(filter.to, (time) => `call.id < ${bound.bind(idAt(time))}::uuid`),
    ...given(filter.modelName, (names) => `call.model_name = any(${bound.bind(names)}::text[])`),
    ...given(filter.sourceId, (id) => `call.source_id::text = ${bound.bind(id)}`),
    ...given(filter.sessionId, (id) => `call.session_id = ${bound.bind(id)}`),
    ...given(filter.userId, (id) => `call.user_id = ${bound.bind(id)}`),
    ...given(filter.status, (names) => `call.status = any(${bound.bind(names)}::text[])`),
    ...given(filter.labelled, (yes) => `${yes ? '' : 'not '}${performance('p.performance is not null')}`),
    ...given(filter.performanceBelow, (limit) => performance(`p.performance < ${bound.bind(limit)}`)),
    ...given(filter.text, (part) => `strpos(lower(call.query), lower(${bound.bind(part)})) > 0`),
  ];
  return conditions.length === 0 ? 'true' : conditions.map((each) => `(${each})`).join(' and ');
}

/** Calls that one of these models answered, by the name that was resolved or by the one that the answer gave, in any case. */
export function answeredBy(models: readonly string[], bound: Bound): string {
  const names = bound.bind(models.map((name) => name.toLowerCase()));
  return `(lower(call.model_name) = any(${names}::text[]) or lower(call.response_model) = any(${names}::text[]))`;
}

/** The names under which a call tells who answered it, in lower case. */
export const ANSWERED_BY = `array[lower(call.model_name), lower(call.response_model), lower(call.request_model)]`;

/** The least id of a call that starts at this moment: ids begin with the start in milliseconds. */
function idAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
