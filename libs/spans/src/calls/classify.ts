import {
  CONTENT_KEYS,
  INTERNAL_PURPOSE_KEY,
  KIND_TABLES,
  NAME_RULES,
  type SkipReason,
} from '../dialects/classification.js';
import { DIALECT_RULES } from '../dialects/dialects.js';
import type { NormalSpan } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';

/** `llm` when the span reports an LLM call, else why it does not. */
export function classify(span: NormalSpan, reader: AttributeReader): 'llm' | SkipReason {
  if (reader.value(INTERNAL_PURPOSE_KEY) !== undefined) return 'internal_classifier';
  for (const { key, kinds } of KIND_TABLES) {
    // MLflow writes its attributes as JSON, so its strings are quoted.
    const value = reader
      .text(key)
      ?.replace(/^"(.*)"$/, '$1')
      .toLowerCase();
    if (value !== undefined && Object.hasOwn(kinds, value)) return kinds[value] ?? 'not_llm';
  }
  if (CONTENT_KEYS.some((key) => reader.hasAny(key))) return 'llm';
  const rule = NAME_RULES.find(
    ({ name, scope, having }) =>
      name === span.name &&
      (scope === undefined || scope === span.scopeName) &&
      (having === undefined || reader.value(having) !== undefined),
  );
  return rule?.kind ?? 'not_llm';
}

/** The vocabulary that an LLM span speaks. */
export function dialectOf(span: NormalSpan, reader: AttributeReader): string {
  const rule = DIALECT_RULES.find(
    ({ names, scopes, keys }) =>
      (names === undefined || names.includes(span.name)) &&
      (scopes === undefined || scopes.some((scope) => span.scopeName?.startsWith(scope) === true)) &&
      (keys === undefined || keys.some((key) => reader.hasAny(key))),
  );
  return rule?.dialect ?? 'unknown';
}
