import { describe, expect, it } from '@jest/globals';
import { parseDataset } from '@signalbox/datasets';
import fc from 'fast-check';
import { assemble, type AssembleInput, type KnownCall } from './assemble.js';

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
const input = (calls: KnownCall[], seed = 0): AssembleInput => ({
  calls,
  candidates: ['small', 'large'],
  unavailable: [],
  embedding: 'a space',
  request: { filter: null, split: 'TIME', testShare: 0.2, embargoSeconds: 3_600, seed },
});
function rowsOf(calls: KnownCall[]) {
  const { text, hash } = assemble(input(calls));
  const parsed = parseDataset(text, hash);
  if (!parsed.ok) throw new Error(parsed.error.hint);
  return parsed.value.rows;
}

describe('a frozen dataset', () => {
  it('is the same for the same calls in any order', () => {
    const { hash } = assemble(input(CALLS_OF_A_WEEK));
    const orders = fc.shuffledSubarray(CALLS_OF_A_WEEK, { minLength: CALLS, maxLength: CALLS });
    fc.assert(
      fc.property(orders, (calls) => assemble(input(calls)).hash === hash),
      { numRuns: 20 },
    );
  });

  it('counts the cells of each judge, of a weighted mean for each of them, and of a candidate once', () => {
    const judged = { labeler: 'a@1', kind: 'JUDGE' };
    const cell = { candidate: 'small', performance: 1, costUsd: null, inRandomSlice: true };
    const calls = CALLS_OF_A_WEEK.map((call, n) => {
      if (n < 3) return { ...call, ...judged };
      if (n < 5) return { ...call, labeler: 'a@1*2+b+c@2*0.5', kind: 'JUDGE' };
      return n === 6 ? { ...call, ...judged, replayed: [{ ...cell, ...judged }] } : call;
    });
    expect(assemble(input(calls)).judged).toEqual({ 'a@1': 6, 'b+c@2': 2 });
    expect(assemble(input(CALLS_OF_A_WEEK)).judged).toEqual({});
  });

  it('is planned over calls without a label too, and holds those with an outcome', () => {
    const calls = CALLS_OF_A_WEEK.map((call, n) =>
      n >= 60 && n % 3 > 0 ? { ...call, performance: null, labeler: null } : call,
    );
    const { prompts, eligibleCalls, leftOut, split } = assemble(input(calls));
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
    const { outcomes, density } = assemble(
      input(CALLS_OF_A_WEEK.map((call, n) => (n < 10 ? { ...call, replayed } : call))),
    );
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
    expect(() => assemble(input(calls))).toThrow(expect.objectContaining({ code: 'NO_CANDIDATES' }));
    expect(() => assemble(input([]))).toThrow(expect.objectContaining({ code: 'NO_CALLS' }));
  });
});
