import { describe, expect, it } from '@jest/globals';
import type { DatasetPart, DatasetRow } from '@signalbox/contracts';
import { textHash } from './groups.js';
import { leakReport } from './leak-report.js';
import { PromptCorpus } from './prompt-corpus.js';
import { datasetHash, parseDataset, serialiseDataset, withoutRows } from './snapshot.js';

const row = (id: string, query: string, part: DatasetPart, group = id): DatasetRow => ({
  id,
  textHash: textHash(query),
  query,
  task: null,
  group,
  part,
  startedAt: 1_750_000_000_000,
  loggedCandidate: 'small',
  probabilities: { small: 0.9, large: 0.1 },
  logged: { performance: 1, costUsd: 0.001, source: 'logged', labeler: 'exact_match@1', propensity: 0.9 },
  replayed: { large: { performance: 0.5, source: 'replayed', labeler: 'exact_match@1' } },
  inRandomSlice: true,
});
const ROWS = [
  row('c', 'What does a harbour master do all day in a small town by the sea?', 'train'),
  row('a', 'Line\u2028separators and "quotes"\nare kept.', 'test'),
  row('b', 'third', 'spanning', 'c'),
  row('d', 'third', 'embargo', 'd'),
];
const META = { seed: 1, split: { method: 'time', testShare: 0.2 } };

describe('a dataset snapshot', () => {
  it('is read back as it was written, sorted by id', () => {
    const text = serialiseDataset(ROWS, META);
    const sorted = [...ROWS].sort((left, right) => (left.id < right.id ? -1 : 1));
    expect(parseDataset(Buffer.from(text), datasetHash(ROWS, META))).toEqual({
      ok: true,
      value: { rows: sorted, meta: META },
    });
  });

  it('is without some of its rows what it would be had they never been there', () => {
    const whole = Buffer.from(serialiseDataset(ROWS, META));
    const rest = ROWS.filter(({ id }) => id !== 'b' && id !== 'd');
    const without = withoutRows(whole, datasetHash(ROWS, META), new Set(['b', 'd', 'never there']));
    expect(without).toMatchObject({ ok: true, value: { hash: datasetHash(rest, META), meta: META } });
    expect(without.ok && Buffer.from(without.value.bytes).toString()).toBe(serialiseDataset(rest, META));
    expect(withoutRows(whole, 'f'.repeat(64), new Set())).toMatchObject({ error: { code: 'ARTIFACT_CORRUPT' } });
  });

  it('has one hash, whatever the order of rows and fields', () => {
    const turned = [...ROWS].reverse().map((entry): DatasetRow => {
      const { id, ...rest } = entry;
      return { ...rest, probabilities: { large: 0.1, small: 0.9 }, id };
    });
    expect(datasetHash(turned, { split: { testShare: 0.2, method: 'time' }, seed: 1 })).toBe(datasetHash(ROWS, META));
  });

  it('has another hash when a cell, a part or the seed is another', () => {
    const hashes = [
      datasetHash(ROWS, META),
      datasetHash(ROWS, { ...META, seed: 2 }),
      datasetHash(ROWS.slice(1), META),
      datasetHash([...ROWS.slice(1), { ...row('c', ROWS[0]?.query ?? '', 'test') }], META),
    ];
    expect(new Set(hashes).size).toBe(4);
  });

  it('notices a changed byte, a lost line and a foreign file', () => {
    const text = serialiseDataset(ROWS, META);
    const hash = datasetHash(ROWS, META);
    expect(parseDataset(Buffer.from(text.replace('third', 'Third')), hash)).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_CORRUPT' },
    });
    const shorter = `${text.split('\n').slice(0, -2).join('\n')}\n`;
    expect(parseDataset(Buffer.from(shorter))).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_INVALID', path: 'line 1' },
    });
    expect(parseDataset(Buffer.from('{}\n'))).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_INVALID', path: 'line 1' },
    });
    expect(parseDataset(Buffer.from(text.replace('"performance":1,', '"performance":2,')))).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_INVALID', path: 'line 2', hint: 'Not a row of a dataset: logged.performance.' },
    });
  });

  it('refuses to write a number that JSON would turn into null', () => {
    expect(() => datasetHash(ROWS, { seed: Number.NaN })).toThrow(TypeError);
  });
});

describe('leakReport', () => {
  const reportOf = (rows: readonly DatasetRow[], sessions: Record<string, string>) => {
    const corpus = new PromptCorpus();
    for (const { id, query } of rows) corpus.add({ text: query, sessionId: sessions[id] ?? null });
    const names = [...new Set(rows.map(({ group }) => group))];
    const parts = rows.map(({ part }) => part);
    return leakReport(
      corpus,
      rows.map(({ group }) => names.indexOf(group)),
      parts,
    );
  };

  it('is clean for a clean split and counts what was left out', () => {
    expect(reportOf(ROWS, { b: 's', c: 's' })).toEqual({
      rows: 4,
      groups: 3,
      parts: { train: 1, test: 1, spanning: 1, embargo: 1 },
      duplicateRows: 1,
      spanningGroups: 1,
      shared: { groups: 0, texts: 0, nearDuplicateTests: 0, conversations: 0 },
      clean: true,
    });
  });

  it('finds them again among texts that were compared before, for their groups', () => {
    const [first] = ROWS;
    const corpus = new PromptCorpus();
    const asked = [first?.query ?? '', (first?.query ?? '').replace('sea', 'lake'), 'third'];
    for (const text of asked) corpus.add({ text });
    const { groupOf } = corpus.groups();
    expect(groupOf[0]).toBe(groupOf[1]);
    const report = leakReport(corpus, groupOf, ['train', 'test', 'test']);
    expect(report).toMatchObject({ clean: false, shared: { groups: 1, texts: 0, nearDuplicateTests: 1 } });
  });

  it('finds what the groups missed', () => {
    const leaking = [
      ...ROWS,
      row('e', 'What does a harbour master do all day in a small town by the lake?', 'test'),
      row('f', ROWS[0]?.query ?? '', 'test'),
    ];
    const report = reportOf(leaking, { a: 's', c: 's' });
    expect(report.shared).toEqual({ groups: 0, texts: 1, nearDuplicateTests: 2, conversations: 1 });
    expect(report.clean).toBe(false);
  });

  it('says nothing of prompts that are no rows', () => {
    const corpus = new PromptCorpus();
    for (const { query } of ROWS) corpus.add({ text: query });
    expect(leakReport(corpus, [0, 1, 2, 2], ['train', 'test', null, null])).toMatchObject({
      ...{ rows: 2, groups: 2, duplicateRows: 0 },
      parts: { train: 1, test: 1, spanning: 0, embargo: 0 },
    });
  });
});
