import {
  FIELD_NAMES,
  type Dialect,
  type FieldName,
  type FirstTokenSource,
  type KindTable,
  type MessageSource,
  type NameRule,
  type Sign,
} from './dialect.js';
import { DIALECTS, DOCUMENT_PRECEDENCE, FIELD_PRECEDENCE, KIND_PRECEDENCE, TOLD_FIRST } from './precedence.js';

const DOCUMENT_ORDER = [...new Set([...DOCUMENT_PRECEDENCE, ...DIALECTS])];

/** Where each field may lie on a span of any dialect: the first that holds a value wins. */
export const FIELD_KEYS: ReadonlyMap<FieldName, readonly string[]> = new Map(
  FIELD_NAMES.map((field) => [field, keysOf(field)]),
);

/** Where messages that were sent may lie. */
export const INPUT_SOURCES: readonly MessageSource[] = unique([
  ...DIALECTS.flatMap((dialect) => dialect.input ?? []),
  ...DOCUMENT_ORDER.flatMap((dialect) => dialect.inputFallbacks ?? []),
]);

/** Where the answer may lie. */
export const OUTPUT_SOURCES: readonly MessageSource[] = unique([
  ...DIALECTS.flatMap((dialect) => dialect.output ?? []),
  ...DOCUMENT_ORDER.flatMap((dialect) => dialect.outputFallbacks ?? []),
]);

export const FIRST_TOKEN_SOURCES: readonly FirstTokenSource[] = DIALECTS.flatMap(({ firstToken }) => firstToken ?? []);

/** In order: the first that knows what a span is decides. */
export const KIND_TABLES: readonly KindTable[] = [
  ...[...KIND_PRECEDENCE, ...DIALECTS].flatMap(({ firstKinds }) => firstKinds ?? []),
  ...KIND_PRECEDENCE.flatMap(({ kinds }) => kinds ?? []),
  ...KIND_PRECEDENCE.flatMap(({ lastKinds }) => lastKinds ?? []),
].filter((table, index, all) => all.indexOf(table) === index);

const nameRules = DIALECTS.flatMap(({ names }) => names ?? []);

export const NAME_RULES: ReadonlyMap<string, readonly NameRule[]> = new Map(
  nameRules.map(({ name }) => [name, nameRules.filter((rule) => rule.name === name)]),
);

export interface DialectSign extends Sign {
  dialect: Dialect;
}

/** In order: the first that holds names the dialect. */
export const SIGNS: readonly DialectSign[] = TOLD_FIRST.flatMap((dialect) =>
  (dialect.signs ?? []).map((sign) => ({ ...sign, dialect })),
);

function keysOf(field: FieldName): readonly string[] {
  const order = [...new Set([...(FIELD_PRECEDENCE[field] ?? []), ...DIALECTS])];
  const first = order.flatMap(({ fields }) => fields?.[field] ?? []);
  const last = order.flatMap(({ fallbacks }) => fallbacks?.[field] ?? []);
  return [...new Set([...first, ...last])];
}

/** A place that two dialects share is read once, as the first of them says. */
function unique(sources: readonly MessageSource[]): MessageSource[] {
  const places = new Map<string, MessageSource>();
  for (const source of sources) {
    const place = 'key' in source ? `${source.shape} ${source.key}` : source.events;
    if (!places.has(place)) places.set(place, source);
  }
  return [...places.values()];
}
