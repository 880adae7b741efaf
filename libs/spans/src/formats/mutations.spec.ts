import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { extractCalls } from '../calls/extract-calls.js';
import { isObject, member } from '../json.js';
import { damage, mutate, stringify } from '../testing/mutations.js';
import { Random } from '../testing/random.js';
import { exportedRecords, exportedSpans } from '../testing/sdk-export.js';
import { documentOf, unitsOf, type Unit } from '../testing/units.js';
import { joinLogRecords } from './log-records.js';
import type { ParsedSpans } from './span-reading.js';
import { parseTraceFile } from './trace-file.js';

/** No document of a few hundred kB takes a tenth of it; a busy machine may. */
const BOUND_MS = 5_000;
const OWN = new URL('../fixtures/', import.meta.url);
const SHARED = new URL('../../../../../shared/fixtures/traces/', import.meta.url);

function filesBelow(folder: URL): URL[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(new URL(`${entry.name}/`, folder)) : [new URL(entry.name, folder)],
  );
}

/** Beside recordings lie what was called and how it was recorded. */
const NO_TRACES = /\/(?:manifest|scenarios)\.json$/;
const jsonFiles = (folder: URL) =>
  filesBelow(folder).filter(({ pathname }) => /\.jsonl?$/.test(pathname) && !NO_TRACES.test(pathname));
const nameOf = ({ pathname }: URL) => pathname.split('/').slice(-2).join('/');

let documents = 0;

/** Reads a document as `inspect` does, in bounded time; what throws fails the test. */
function read(content: string | Uint8Array): ParsedSpans | null {
  documents += 1;
  const start = performance.now();
  const file = parseTraceFile(content, 'x');
  if (file.ok) extractCalls(joinLogRecords(file.value.spans, file.value.logs ?? []).spans);
  expect(performance.now() - start).toBeLessThan(BOUND_MS);
  if (file.ok) for (const { path, hint } of file.value.rejected) expect(`${path}${hint}`).not.toBe(hint);
  else expect(file.error).toMatchObject({ code: expect.stringMatching(/^FORMAT_|^SOURCE_/), hint: expect.any(String) });
  return file.ok ? file.value : null;
}

const plain = (value: unknown) =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
const contentOf = ({ spans, logs = [] }: ParsedSpans) => [...spans, ...logs].map(plain);

/** What is in `all` beyond `some`; undefined when something of `some` is missing. */
function beyond(all: readonly string[], some: readonly string[]): string[] | undefined {
  const rest = new Map<string, number>();
  for (const item of all) rest.set(item, (rest.get(item) ?? 0) + 1);
  for (const item of some) {
    const count = rest.get(item) ?? 0;
    if (count === 0) return undefined;
    rest.set(item, count - 1);
  }
  return [...rest].flatMap(([item, count]) => Array.from({ length: count }, () => item));
}

const ignoredIn = ({ ignored = {} }: ParsedSpans) => Object.values(ignored).reduce((sum, count) => sum + count, 0);

/** The document's JSON with another text, or none, in a unit's place. */
function textWith(json: unknown, unit: Unit, text: string | null): string {
  const kept = unit.list[unit.index];
  const mark = '@unit@';
  if (text === null) unit.list.splice(unit.index, 1);
  else unit.list[unit.index] = unit.packed !== undefined && isObject(kept) ? { ...kept, [unit.packed]: mark } : mark;
  const whole = JSON.stringify(json);
  if (text === null) unit.list.splice(unit.index, 0, kept);
  else unit.list[unit.index] = kept;
  const written = unit.packed === undefined ? (text ?? '') : JSON.stringify(text);
  return whole.replace(`"${mark}"`, () => written);
}

function contentAt({ list, index, packed }: Unit): unknown {
  const item = list[index];
  if (packed === undefined) return item;
  const document = isObject(item) ? member(item, packed) : undefined;
  return typeof document === 'string' ? documentOf(document) : document;
}

function readOthers(text: string): { content: string[]; ignored: number } {
  const parsed = read(text);
  if (parsed === null) throw new Error('the document is refused without one of its spans');
  return { content: contentOf(parsed), ignored: ignoredIn(parsed) };
}

/** Mutates one span or record after another: the others come out as they do without it, and it is accounted for. */
function mutateUnits(url: URL, times: number, seed: number): void {
  const json = documentOf(readFileSync(url, 'utf8'));
  const units = unitsOf(json);
  if (units.length < 2) return;
  const random = new Random(seed);
  const without = new Map<Unit, { content: string[]; ignored: number }>();
  for (let round = 0; round < times; round += 1) {
    const unit = random.pick(units);
    const { value, raw, what } = mutate(contentAt(unit), contentAt(random.pick(units)), random);
    const place = `${nameOf(url)}, round ${round}, ${unit.path}, ${what}`;
    const others = without.get(unit) ?? readOthers(textWith(json, unit, null));
    without.set(unit, others);
    const found = read(textWith(json, unit, stringify(value, raw)));
    if (found === null) throw new Error(`${place}: the whole document was refused`);
    const added = beyond(contentOf(found), others.content);
    if (added === undefined) throw new Error(`${place}: a sibling was lost or changed`);
    const strangers = found.rejected.filter(({ path }) => !path.startsWith(unit.path));
    if (strangers.length > 0) throw new Error(`${place}: ${strangers[0]?.path} was refused`);
    const accounted = added.length + found.rejected.length + ignoredIn(found) - others.ignored;
    if (accounted < 1) throw new Error(`${place}: it was dropped in silence`);
  }
}

describe('a mutated document', () => {
  it.each(jsonFiles(OWN).map((url) => [nameOf(url), url] as const))(
    'of %s keeps the siblings of what is wrong',
    (_name, url) => {
      mutateUnits(url, 700, 1);
    },
  );

  it.each(jsonFiles(OWN).map((url) => [nameOf(url), url] as const))(
    'of %s with damaged bytes is read or refused',
    (_name, url) => {
      const bytes = readFileSync(url);
      const random = new Random(2);
      for (let round = 0; round < 200; round += 1) read(damage(bytes, random).bytes);
    },
  );

  it('of protobuf keeps the groups beside a damaged one', () => {
    const random = new Random(3);
    const [first, second, third] = [1, 2, 1].map((count, index) =>
      Buffer.from(exportedSpans(count, { index }).protobuf),
    );
    if (first === undefined || second === undefined || third === undefined) throw new Error('three requests were made');
    const siblings = [first, third].flatMap((bytes) => read(bytes)?.spans ?? []);
    expect(siblings).toHaveLength(2);
    // The tag and the two bytes of the length say where the group ends; what is in it is damaged in place.
    for (let round = 0; round < 1_200; round += 1) {
      const damaged = Buffer.from(second);
      for (let count = 1 + random.below(4); count > 0; count -= 1) {
        damaged[3 + random.below(damaged.length - 3)] = random.below(256);
      }
      const found = read(Buffer.concat([first, damaged, third]));
      expect(beyond((found?.spans ?? []).map(plain), siblings.map(plain))).toBeDefined();
      expect((found?.rejected ?? []).filter(({ path }) => !path.startsWith('resourceSpans[1]'))).toEqual([]);
    }
  });

  it('of protobuf with damaged bytes is read or refused', () => {
    const random = new Random(4);
    for (const { protobuf } of [exportedSpans(3, { 'gen_ai.prompt': 'Hi' }), exportedRecords()]) {
      for (let round = 0; round < 600; round += 1) read(damage(protobuf, random).bytes);
    }
  });

  const sharedIt = existsSync(SHARED) ? it : it.skip;
  sharedIt('of the recordings keeps the siblings of what is wrong', () => {
    for (const url of jsonFiles(SHARED)) mutateUnits(url, 25, 5);
  });

  it('was one of ten thousand, and none of them reached a prototype', () => {
    expect(documents).toBeGreaterThanOrEqual(10_000);
    expect({}).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('a');
  });
});
