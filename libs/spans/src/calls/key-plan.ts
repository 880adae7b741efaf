import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import {
  FIELD_NAMES,
  type AttributeMessages,
  type FieldName,
  type KindTable,
  type MessageSource,
} from '../dialects/dialect.js';
import { DIALECTS } from '../dialects/precedence.js';
import { ROUTEIQ_DECISION } from '../dialects/routeiq.js';
import {
  FIELD_KEYS,
  FIRST_TOKEN_SOURCES,
  INPUT_SOURCES,
  KIND_TABLES,
  OUTPUT_SOURCES,
  SIGNS,
  type DialectSign,
} from '../dialects/tables.js';
import { familyTree, type FamilyKey, type FamilyTree } from './family-tree.js';

/** A source of the tables, taken apart. */
export interface Source {
  key: string;
  /** Members below what the key holds; empty for the value itself. */
  path: readonly string[];
}

/** What the tables have for one set of keys, so that a span of that set is read without asking for all the others. */
export interface KeyPlan {
  /** With the keys that are there: the table's own, or those below it. */
  kinds: readonly { table: KindTable; keys: readonly string[] }[];
  /** With the keys that are there; undefined where the sign asks for none. */
  signs: readonly { sign: DialectSign; keys: readonly string[] | undefined }[];
  fields: ReadonlyMap<FieldName, readonly Source[]>;
  /** Those that count on spans of one dialect only. */
  own: readonly { dialect: string; field: FieldName; source: Source }[];
  families: ReadonlyMap<string, FamilyTree>;
  input: readonly MessageSource[];
  output: readonly MessageSource[];
  firstToken: boolean;
  /** Some of the attributes in which a router writes its decision are there. */
  decision: boolean;
}

/** Deeper than any convention nests, and as deep as an index is looked for. */
const MAX_SEGMENTS = 14;

const FIELD_SOURCES = [...FIELD_KEYS].map(([field, keys]): [FieldName, Source[]] => [field, keys.map(sourceOf)]);
const OWN_SOURCES = DIALECTS.flatMap(({ name, own = {} }) =>
  FIELD_NAMES.flatMap((field) => (own[field] ?? []).map((key) => ({ dialect: name, field, source: sourceOf(key) }))),
);
const DECISION_KEYS = [
  ...Object.values(SPAN_ATTRIBUTES),
  ...[ROUTEIQ_DECISION.chosen, ROUTEIQ_DECISION.strategy, ROUTEIQ_DECISION.strategyVersion],
  'litellm.routing.routed_model',
];
const attributeSources = [...INPUT_SOURCES, ...OUTPUT_SOURCES].filter((source) => 'key' in source);
const FAMILIES = new Set(attributeSources.filter(({ shape }) => shape === 'indexed').map(({ key }) => key));

/** Keys that some table reads by name. */
const EXACT_KEYS = new Set(
  [
    ...FIELD_SOURCES.flatMap(([, sources]) => sources.map(({ key }) => key)),
    ...OWN_SOURCES.map(({ source }) => source.key),
    ...KIND_TABLES.map(({ key }) => key),
    ...SIGNS.flatMap(({ keys }) => keys ?? []),
    ...attributeSources.flatMap(({ key, system, toolCalls }) => [key, system ?? key, toolCalls ?? key]),
    ...FIRST_TOKEN_SOURCES.map(({ key }) => key),
    ...DECISION_KEYS,
  ].map((source) => sourceOf(source).key),
);

/** Keys of which those below (`key.…`) count too. */
const PREFIXES = new Set([
  ...FAMILIES,
  ...SIGNS.flatMap(({ keys }) => keys ?? []),
  ...KIND_TABLES.filter(({ any }) => any !== undefined).map(({ key }) => key),
]);

export function sourceOf(notation: string): Source {
  const at = notation.indexOf('#');
  return at < 0 ? { key: notation, path: [] } : { key: notation.slice(0, at), path: notation.slice(at + 1).split('.') };
}

/** False for keys that no table reads; two spans that differ in these alone are read by one plan. */
export function isRead(key: string): boolean {
  return EXACT_KEYS.has(key) || prefixesOf(key).some((prefix) => PREFIXES.has(prefix));
}

/** @param keys the names by which the tables know them, with the keys as they are on the span */
export function planFor(keys: ReadonlyMap<string, string>): KeyPlan {
  const below = new Map<string, string[]>();
  const familyKeys = new Map<string, FamilyKey[]>();
  for (const [name, key] of keys) {
    for (const prefix of [name, ...prefixesOf(name)]) {
      if (!PREFIXES.has(prefix)) continue;
      pushTo(below, prefix, key);
      if (prefix === name || !FAMILIES.has(prefix)) continue;
      pushTo(familyKeys, prefix, { key, path: name.slice(prefix.length + 1).split('.') });
    }
  }
  const families = new Map([...familyKeys].map(([family, list]) => [family, familyTree(list)]));
  const present = ({ key, path }: Source): Source[] => {
    const onSpan = keys.get(key);
    return onSpan === undefined ? [] : [{ key: onSpan, path }];
  };
  const messages = (sources: readonly MessageSource[]): MessageSource[] =>
    sources.flatMap((source): MessageSource[] => ('key' in source ? messagesOn(source, keys, families) : [source]));
  return {
    kinds: KIND_TABLES.flatMap((table) => {
      const found = table.any === undefined ? [keys.get(table.key) ?? []].flat() : (below.get(table.key) ?? []);
      return found.length === 0 ? [] : [{ table, keys: found }];
    }),
    signs: SIGNS.flatMap((sign) => {
      const found = sign.keys?.flatMap((key) => below.get(key) ?? []);
      return found?.length === 0 ? [] : [{ sign, keys: found }];
    }),
    fields: new Map(FIELD_SOURCES.map(([field, sources]) => [field, sources.flatMap(present)])),
    own: OWN_SOURCES.filter(({ source }) => keys.has(source.key)),
    families,
    input: messages(INPUT_SOURCES),
    output: messages(OUTPUT_SOURCES),
    firstToken: FIRST_TOKEN_SOURCES.some(({ key }) => keys.has(key)),
    decision: DECISION_KEYS.some((key) => keys.has(key)),
  };
}

/** The source with the keys as they are on the span; nothing when its own is not there. */
function messagesOn(
  source: AttributeMessages,
  keys: ReadonlyMap<string, string>,
  families: ReadonlyMap<string, FamilyTree>,
): AttributeMessages[] {
  if (source.shape === 'indexed') return families.get(source.key)?.isList === true ? [source] : [];
  const onSpan = (notation: string): string => {
    const { key } = sourceOf(notation);
    return `${keys.get(key) ?? key}${notation.slice(key.length)}`;
  };
  if (!keys.has(sourceOf(source.key).key) && !isBeside(source, keys)) return [];
  const { system, toolCalls } = source;
  return [
    {
      ...source,
      key: onSpan(source.key),
      system: system === undefined ? undefined : onSpan(system),
      toolCalls: toolCalls === undefined ? undefined : onSpan(toolCalls),
    },
  ];
}

/** An answer of tool calls alone has no text. */
function isBeside({ toolCalls }: AttributeMessages, keys: ReadonlyMap<string, string>): boolean {
  return toolCalls !== undefined && keys.has(toolCalls);
}

/** `a.b.c` is below `a.b` and below `a`. */
function prefixesOf(key: string): string[] {
  const prefixes: string[] = [];
  for (let at = key.indexOf('.'); at > 0 && prefixes.length < MAX_SEGMENTS; at = key.indexOf('.', at + 1)) {
    prefixes.push(key.slice(0, at));
  }
  return prefixes;
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
