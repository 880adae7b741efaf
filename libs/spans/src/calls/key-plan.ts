import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import {
  FIELD_NAMES,
  type EventMessages,
  type FieldName,
  type KindTable,
  type MessageShape,
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

/** Where messages lie, taken apart. Of an indexed family the source's key is the family's name. */
export interface MessagesAt {
  shape: MessageShape;
  source: Source;
  system: Source | undefined;
  toolCalls: Source | undefined;
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
  input: readonly (MessagesAt | EventMessages)[];
  output: readonly (MessagesAt | EventMessages)[];
  firstToken: boolean;
  /** Some of the attributes in which a router writes its decision are there. */
  decision: boolean;
}

/** Deeper than any convention nests, and as deep as an index is looked for. */
const MAX_SEGMENTS = 14;

const FIELD_SOURCES = [...FIELD_KEYS].flatMap(([field, keys]) =>
  keys.map((notation, rank) => ({ field, rank, source: sourceOf(notation) })),
);
type FieldSource = (typeof FIELD_SOURCES)[number];
const FIELD_SOURCES_OF = new Map<string, FieldSource[]>();
for (const place of FIELD_SOURCES) pushTo(FIELD_SOURCES_OF, place.source.key, place);
const OWN_SOURCES = DIALECTS.flatMap(({ name, own = {} }) =>
  FIELD_NAMES.flatMap((field) => (own[field] ?? []).map((key) => ({ dialect: name, field, source: sourceOf(key) }))),
);
const DECISION_KEYS = [
  ...Object.values(SPAN_ATTRIBUTES),
  ...[ROUTEIQ_DECISION.chosen, ROUTEIQ_DECISION.strategy, ROUTEIQ_DECISION.strategyVersion],
  'litellm.routing.routed_model',
];
const INPUT = INPUT_SOURCES.map(takenApart);
const OUTPUT = OUTPUT_SOURCES.map(takenApart);
const attributeSources = [...INPUT, ...OUTPUT].filter((place) => 'source' in place);
const FAMILIES = new Set(attributeSources.filter(({ shape }) => shape === 'indexed').map(({ source }) => source.key));

/** Keys that some table reads by name. */
const EXACT_KEYS = new Set(
  [
    ...FIELD_SOURCES.map(({ source }) => source.key),
    ...OWN_SOURCES.map(({ source }) => source.key),
    ...KIND_TABLES.map(({ key }) => key),
    ...SIGNS.flatMap(({ keys }) => keys ?? []),
    ...attributeSources.flatMap(({ source, system, toolCalls }) =>
      [source, system ?? source, toolCalls ?? source].map(({ key }) => key),
    ),
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
  return {
    kinds: KIND_TABLES.flatMap((table) => {
      const found = table.any === undefined ? [keys.get(table.key) ?? []].flat() : (below.get(table.key) ?? []);
      return found.length === 0 ? [] : [{ table, keys: found }];
    }),
    signs: SIGNS.flatMap((sign) => {
      const found = sign.keys?.flatMap((key) => below.get(key) ?? []);
      return found?.length === 0 ? [] : [{ sign, keys: found }];
    }),
    fields: fieldsOn(keys),
    own: OWN_SOURCES.filter(({ source }) => keys.has(source.key)),
    families,
    input: INPUT.flatMap((place) => placesOn(place, keys, families)),
    output: OUTPUT.flatMap((place) => placesOn(place, keys, families)),
    firstToken: FIRST_TOKEN_SOURCES.some(({ key }) => keys.has(key)),
    decision: DECISION_KEYS.some((key) => keys.has(key)),
  };
}

function fieldsOn(keys: ReadonlyMap<string, string>): ReadonlyMap<FieldName, readonly Source[]> {
  const places = new Map<FieldName, FieldSource[]>();
  for (const name of keys.keys()) {
    for (const place of FIELD_SOURCES_OF.get(name) ?? []) pushTo(places, place.field, place);
  }
  const ranked = [...places].map(([field, list]): [FieldName, Source[]] => [
    field,
    list.sort((a, b) => a.rank - b.rank).map(({ source }) => onSpan(source, keys)),
  ]);
  return new Map(ranked);
}

/** The place with the keys as they are on the span; nothing when its own is not there. */
function placesOn(
  place: MessagesAt | EventMessages,
  keys: ReadonlyMap<string, string>,
  families: ReadonlyMap<string, FamilyTree>,
): (MessagesAt | EventMessages)[] {
  if ('events' in place) return [place];
  const { shape, source, system, toolCalls } = place;
  if (shape === 'indexed') return families.get(source.key)?.isList === true ? [place] : [];
  // An answer of tool calls alone has no text.
  const isBeside = toolCalls !== undefined && keys.has(toolCalls.key);
  if (!keys.has(source.key) && !isBeside) return [];
  return [
    {
      shape,
      source: onSpan(source, keys),
      system: system === undefined ? undefined : onSpan(system, keys),
      toolCalls: toolCalls === undefined ? undefined : onSpan(toolCalls, keys),
    },
  ];
}

function onSpan({ key, path }: Source, keys: ReadonlyMap<string, string>): Source {
  return { key: keys.get(key) ?? key, path };
}

function takenApart(source: MessageSource): MessagesAt | EventMessages {
  if ('events' in source) return source;
  const { key, shape, system, toolCalls } = source;
  return {
    shape,
    source: sourceOf(key),
    system: system === undefined ? undefined : sourceOf(system),
    toolCalls: toolCalls === undefined ? undefined : sourceOf(toolCalls),
  };
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
