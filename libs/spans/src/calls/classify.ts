import type { Dialect } from '../dialects/dialect.js';
import { NAME_RULES } from '../dialects/tables.js';
import type { SpanRole } from '../dialects/skip-reasons.js';
import type { NormalSpan } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';

const NO_DIALECT: Dialect = { name: 'unknown' };

/** `llm` when the span reports an LLM call, else why it does not. */
export function classify(span: NormalSpan, reader: AttributeReader): SpanRole {
  for (const { table, keys } of reader.plan.kinds) {
    if (table.any !== undefined && reader.hasAny(keys)) return table.any;
    const { kinds = {}, matching = [] } = table;
    const value = reader.text(table.key)?.toLowerCase();
    if (value === undefined) continue;
    if (Object.hasOwn(kinds, value)) return kinds[value] ?? 'not_llm';
    const matched = matching.find(({ pattern }) => pattern.test(value));
    if (matched !== undefined) return matched.kind;
  }
  if (reader.isRawCopy) return 'llm';
  const rule = NAME_RULES.get(span.name)?.find(
    ({ scope, having }) =>
      (scope === undefined || scope === span.scopeName) && (having === undefined || reader.value(having) !== undefined),
  );
  return rule?.kind ?? 'not_llm';
}

/** The vocabulary that an LLM span speaks. */
export function dialectOf({ name, scopeName }: NormalSpan, reader: AttributeReader): Dialect {
  const found = reader.plan.signs.find(
    ({ sign: { names, scopes }, keys }) =>
      (names === undefined || names.includes(name)) &&
      (scopes === undefined || scopes.some((scope) => scopeName?.startsWith(scope) === true)) &&
      (keys === undefined || reader.hasAny(keys)),
  );
  return found?.sign.dialect ?? NO_DIALECT;
}
