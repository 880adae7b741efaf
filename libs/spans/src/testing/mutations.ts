import { isObject, member } from '../json.js';
import type { Random } from './random.js';

/** Stands in a mutated value for text that `JSON.stringify` cannot write. */
const RAW = '@raw@';
const DEEP = 100_000;

const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 7, 1.5, 1e300, '', 'x', 'NaN', '-Infinity', '__proto__', '\uD800', '\u0000', 'x'.repeat(5000)],
  ...[
    [],
    {},
    [[]],
    [null],
    { constructor: 1 },
    { toString: 'x' },
    { stringValue: 7 },
    { arrayValue: 7 },
    [{ key: 'k' }],
  ],
  ...[
    '0'.repeat(32),
    'f'.repeat(16),
    'AAAA=',
    18_446_744_073_709_552_000,
    '99999999999999999999',
    '1e9',
    '2025-13-41T99:00:00Z',
  ],
];
/** Text that is JSON, but that no program writes. */
const RAW_VALUES: readonly string[] = [
  ...['1e400', '-1e400', '-0', '1763425611858303367', '99999999999999999999999999', `1${'0'.repeat(400)}`],
  ...['{"__proto__":{"a":1}}', '{"a":1,"a":"2"}', '"\\ud800"', '[1e999]'],
];
const DEEP_VALUES: readonly string[] = [
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
  `${'{"subsegments":['.repeat(DEEP)}${']}'.repeat(DEEP)}`,
  `${'{"arrayValue":{"values":['.repeat(DEEP)}${']}}'.repeat(DEEP)}`,
];

export interface Mutated {
  value: unknown;
  /** To be written in place of the mark in the JSON of the value. */
  raw: string | null;
  what: string;
}

/** A copy of a span or record in which one thing is wrong. `sibling` is another, whose ids it may take. */
export function mutate(unit: unknown, sibling: unknown, random: Random): Mutated {
  const value: unknown = structuredClone(unit);
  const places = placesIn(value);
  if (places.length === 0) return { value: random.pick(VALUES), raw: null, what: 'replaced' };
  const [object, key] = random.pick(places);
  const chance = random.next();
  if (chance < 0.15) {
    Reflect.deleteProperty(object, key);
    return { value, raw: null, what: `no ${key}` };
  }
  if (chance < 0.25) {
    const [other, otherKey] = random.pick(places);
    const kept = Reflect.get(object, key) as unknown;
    if (!holds(kept, other)) Reflect.set(object, key, structuredClone(Reflect.get(other, otherKey)));
    return { value, raw: null, what: `${key} as ${otherKey}` };
  }
  if (chance < 0.35) {
    const taken = isObject(sibling) ? Object.keys(sibling).filter((name) => /id$/i.test(name)) : [];
    if (isObject(value) && isObject(sibling)) for (const name of taken) value[name] = member(sibling, name);
    return { value, raw: null, what: 'ids of a sibling' };
  }
  if (chance < 0.4 && isObject(value)) {
    const own = Object.keys(value).find((name) => /^(?:span_?id|id)$/i.test(name)) ?? 'id';
    for (const name of ['parentSpanId', 'parent_id', 'parent_span_id', 'parentObservationId', 'references']) {
      value[name] =
        name === 'references'
          ? [{ refType: 'CHILD_OF', traceID: value['traceID'], spanID: value['spanID'] }]
          : value[own];
    }
    return { value, raw: null, what: 'its own parent' };
  }
  if (chance < 0.45) {
    Object.defineProperty(object, '__proto__', { value: { polluted: true }, enumerable: true, configurable: true });
    return { value, raw: null, what: 'a prototype' };
  }
  if (chance < 0.62) {
    const raw = random.pick(chance < 0.47 ? DEEP_VALUES : RAW_VALUES);
    Reflect.set(object, key, RAW);
    return { value, raw, what: `${key}: ${raw.slice(0, 30)}` };
  }
  const replacement = random.pick(VALUES);
  Reflect.set(object, key, structuredClone(replacement));
  return { value, raw: null, what: `${key}: ${JSON.stringify(replacement).slice(0, 30)}` };
}

export function stringify(value: unknown, raw: string | null): string {
  const text = JSON.stringify(value);
  return raw === null ? text : text.replace(JSON.stringify(RAW), () => raw);
}

function placesIn(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key): [object, string][] => [[value, key], ...placesIn(Reflect.get(value, key))]);
}

function holds(value: unknown, object: object): boolean {
  return value === object || placesIn(value).some(([inner]) => inner === object);
}

/** Bytes with a few of them flipped, cut out, doubled, or replaced by what is no UTF-8 or no JSON. */
export function damage(bytes: Uint8Array, random: Random, from = 0): { bytes: Buffer; what: string } {
  let damaged = Buffer.from(bytes);
  const done: string[] = [];
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = from + random.below(Math.max(1, damaged.length - from));
    const way = random.pick(['flip', 'cut', 'drop', 'double', 'utf8', 'nan'] as const);
    const [before, after] = [damaged.subarray(0, at), damaged.subarray(at)];
    if (way === 'flip') damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
    else if (way === 'cut') damaged = Buffer.from(before);
    else if (way === 'drop') damaged = Buffer.concat([before, after.subarray(1 + random.below(20))]);
    else if (way === 'double') damaged = Buffer.concat([before, after.subarray(0, 40), after]);
    else if (way === 'utf8')
      damaged = Buffer.concat([
        before,
        random.pick([Buffer.from('c328', 'hex'), Buffer.from('ff', 'hex'), Buffer.from('eda080', 'hex')]),
        after,
      ]);
    else damaged = Buffer.concat([before, Buffer.from(random.pick([' NaN ', '-', '1e', ',,', '\\u12', '"'])), after]);
    done.push(`${way} at ${at}`);
  }
  return { bytes: damaged, what: done.join(', ') };
}
