import { describe, expect, it } from '@jest/globals';
import { MemoryRecords, parseDataset } from '@signalbox/datasets';
import { assemble, type Assembled, type FrozenFacts, type KnownCall } from './assemble.js';
import { FileRecords } from './file-records.js';
import { knownCallOf } from './known-call-line.js';

const HOUR = 3_600_000;
const CALLS = 120;

function callAt(n: number, with_: Partial<KnownCall> = {}): KnownCall {
  const candidate = n % 2 === 0 ? 'small' : 'large';
  return {
    ...{
      id: String(n).padStart(4, '0'),
      startedAtMs: n * HOUR,
      query: `${(n * 7919).toString(36)} ${(n * 104_729).toString(36)}`,
    },
    ...{ sessionId: null, candidate, chosen: candidate, propensity: 0.5, probabilities: { small: 0.5, large: 0.5 } },
    ...{
      costUsd: 0.001,
      responseTimeSeconds: 1,
      performance: 1,
      labeler: 'exact@1',
      kind: 'METRIC',
      replayed: [],
      checked: null,
      ...with_,
    },
  };
}

const CALLS_OF_A_WEEK = Array.from({ length: CALLS }, (_, n) => callAt(n));
const PRICE = { inputPrice: 1, outputPrice: 2, cachedInputPrice: null };
const FACTS: FrozenFacts = {
  candidates: ['small', 'large'].map((name) => ({ name, available: true, price: PRICE })),
  embedding: 'a space',
  labelPolicy: { precedence: ['METRIC'] },
  request: { filter: null, split: 'TIME', testShare: 0.2, embargoSeconds: 3_600, seed: 0 },
};

function frozen(calls: KnownCall[]): Assembled & { text: string } {
  const opened: FileRecords[] = [];
  const open = () => {
    const records = new FileRecords();
    opened.push(records);
    return records;
  };
  const written: string[] = [];
  try {
    const assembled = assemble({ each: () => calls }, FACTS, { open, write: (text) => written.push(text) });
    return { ...assembled, text: written.join('') };
  } finally {
    for (const records of opened) records.close();
  }
}

function parsed(calls: KnownCall[]) {
  const { text, hash } = frozen(calls);
  const read = parseDataset(Buffer.from(text), hash);
  if (!read.ok) throw new Error(read.error.hint);
  return read.value;
}
const rowsOf = (calls: KnownCall[]) => parsed(calls).rows;

describe('a frozen dataset', () => {
  it('is read back with all that it was frozen by', () => {
    const { rows, meta } = parsed(CALLS_OF_A_WEEK);
    expect(rows.map(({ id }) => id)).toEqual(CALLS_OF_A_WEEK.map(({ id }) => id));
    expect(meta).toMatchObject({
      ...{ candidates: ['small', 'large'], unavailable: [], filter: null, embedding: 'a space', seed: 0 },
      ...{ prices: { small: PRICE, large: PRICE }, labelPolicy: { precedence: ['METRIC'] }, prompts: CALLS },
    });
  });

  it('has another hash when a price, the policy or a label is another', () => {
    const hashes = [
      frozen(CALLS_OF_A_WEEK),
      frozen(CALLS_OF_A_WEEK.map((call, n) => (n === 7 ? { ...call, performance: 0 } : call))),
    ].map(({ hash }) => hash);
    const [small, ...others] = FACTS.candidates;
    if (!small) throw new Error('no candidate');
    for (const facts of [
      { ...FACTS, labelPolicy: { precedence: ['HUMAN'] } },
      { ...FACTS, candidates: [{ ...small, price: { ...PRICE, inputPrice: 3 } }, ...others] },
    ]) {
      hashes.push(
        assemble({ each: () => CALLS_OF_A_WEEK }, facts, { open: () => new MemoryRecords(), write: () => undefined })
          .hash,
      );
    }
    expect(new Set(hashes).size).toBe(4);
  });

  it('is not made of calls out of order, which would have another hash', () => {
    expect(() => frozen([...CALLS_OF_A_WEEK].reverse())).toThrow(/comes after/);
  });

  it('counts the cells of each judge, of a weighted mean for each of them, and of a candidate once', () => {
    const judged = { labeler: 'a@1', kind: 'JUDGE' };
    const cell = { candidate: 'small', performance: 1, costUsd: null, inRandomSlice: true };
    const calls = CALLS_OF_A_WEEK.map((call, n) => {
      if (n < 3) return { ...call, ...judged };
      if (n < 5) return { ...call, labeler: 'a@1*2+b+c@2*0.5', kind: 'JUDGE' };
      return n === 6 ? { ...call, ...judged, replayed: [{ ...cell, ...judged }] } : call;
    });
    expect(frozen(calls).judged).toEqual({ 'a@1': 6, 'b+c@2': 2 });
    expect(frozen(CALLS_OF_A_WEEK).judged).toEqual({});
  });

  it('is planned over calls without a label too, and holds those with an outcome', () => {
    const calls = CALLS_OF_A_WEEK.map((call, n) =>
      n >= 60 && n % 3 > 0 ? { ...call, performance: null, labeler: null } : call,
    );
    const { prompts, eligibleCalls, leftOut, split } = frozen(calls);
    expect({ prompts, eligibleCalls, leftOut }).toEqual({
      ...{ prompts: 80, eligibleCalls: CALLS },
      leftOut: { callsWithoutOutcome: 40, propensitiesOfOtherChoice: 0 },
    });
    expect(split).toMatchObject({ cut: new Date(96 * HOUR).toISOString(), counts: { test: 24 } });
  });

  it('keeps no propensity of a choice that a fallback replaced', () => {
    const rows = rowsOf(CALLS_OF_A_WEEK.map((call, n) => (n === 4 ? { ...call, chosen: 'large' } : call)));
    const [kept, dropped] = ['0003', '0004'].map((id) => rows.find((row) => row.id === id));
    expect(kept).toMatchObject({ probabilities: { small: 0.5, large: 0.5 }, logged: { propensity: 0.5 } });
    expect(dropped).toMatchObject({ loggedCandidate: 'small', probabilities: null });
    expect(dropped?.logged).not.toHaveProperty('propensity');
  });

  it('counts a candidate that was both logged and replayed once', () => {
    const cell = { labeler: 'exact@1', kind: 'METRIC', costUsd: null, inRandomSlice: true };
    const replayed = ['small', 'large'].map((candidate) => ({ ...cell, candidate, performance: 0 }));
    const { outcomes, density } = frozen(CALLS_OF_A_WEEK.map((call, n) => (n < 10 ? { ...call, replayed } : call)));
    expect(outcomes).toBe(CALLS + 10);
    expect(density).toBeCloseTo((CALLS + 10) / (2 * CALLS));
  });

  it('takes a prompt for one of the random slice only when all of its replayed cells are', () => {
    const cell = { labeler: 'exact@1', kind: 'METRIC', costUsd: null, performance: 1 };
    const replayed = ['small', 'large'].map((candidate, k) => ({ ...cell, candidate, inRandomSlice: k === 0 }));
    const rows = rowsOf(CALLS_OF_A_WEEK.map((call, n) => (n === 4 ? { ...call, replayed } : call)));
    expect(rows.filter(({ inRandomSlice }) => inRandomSlice)).toEqual([]);
  });

  it('of one candidate alone is refused', () => {
    const calls = CALLS_OF_A_WEEK.map((call) => ({ ...call, candidate: 'small' }));
    expect(() => frozen(calls)).toThrow(expect.objectContaining({ code: 'NO_CANDIDATES' }));
    expect(() => frozen([])).toThrow(expect.objectContaining({ code: 'NO_CALLS' }));
  });
});

describe('a call that is known', () => {
  it('has the chance of a candidate that the policy knew by two names from both', () => {
    const line = JSON.stringify({
      ...{ id: '1', started_ms: 1, query: 'a', session_id: null, candidate: 'small', chosen_candidate: 'Small-2' },
      ...{ propensity: 0.25, probabilities: { small: 0.25, 'SMALL-2': 0.5, large: 0.25 }, cost_usd: null },
      ...{
        response_time_seconds: null,
        performance: 1,
        labeler: 'exact@1',
        kind: 'METRIC',
        replayed: null,
        checked: null,
      },
    });
    const names = new Map([
      ['small', 'small'],
      ['small-2', 'small'],
      ['large', 'large'],
    ]);
    expect(knownCallOf(line, names)).toMatchObject({
      ...{ chosen: 'small', propensity: 0.75 },
      probabilities: { small: 0.75, large: 0.25 },
    });
  });
});
