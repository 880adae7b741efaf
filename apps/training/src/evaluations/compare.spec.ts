import { describe, expect, it } from '@jest/globals';
import type { DatasetRow } from '@signalbox/contracts';
import { constantFitter, matrixOf, type FittedModel } from '@signalbox/routers';
import { compare, type CompareInput } from './compare.js';

const CANDIDATES = ['small', 'large'];
const HOUR = 3_600_000;
const PROMPTS = 200;

/** `large` is always right and `small` on every other prompt, for a quarter of the price. */
function rowAt(n: number, part: Partial<DatasetRow> = {}): DatasetRow {
  const cell = (performance: number, costUsd: number) => ({
    ...{ performance, costUsd, source: 'replayed' as const, labeler: 'exact@1' },
  });
  return {
    ...{ id: String(n), textHash: 'text', query: '', task: null, group: `g${n}`, part: 'test', startedAt: n * HOUR },
    ...{ loggedCandidate: 'large', probabilities: null, logged: null, inRandomSlice: true },
    replayed: { small: cell(n % 2, 0.001), large: cell(1, 0.004) },
    ...part,
  };
}

const rows = Array.from({ length: PROMPTS }, (_, n) => rowAt(n));
const vectorOf = () => Float32Array.of(1, 0);
const alwaysBest: FittedModel = constantFitter.fit(matrixOf(rows, CANDIDATES, vectorOf).matrix, {}, { seed: 0 });
const champion = { name: 'bot@2', model: alwaysBest, exploration: { epsilon: 0 }, unseenFromMs: null };
const compared = (more: Partial<CompareInput> = {}) =>
  compare({
    ...{ test: rows, testCalls: 400, options: {}, candidates: CANDIDATES, vectorOf, models: [alwaysBest] },
    ...{
      champion,
      spent: { judgeUsd: 0.1 + 0.2, replayUsd: 0, unpriced: 0, calls: 400 },
      judges: [],
      checked: [],
      ...more,
    },
  });

describe('the comparison', () => {
  it('has the exploration of each in its numbers, and takes exploring alone for no difference', () => {
    const { record, gateInputs } = compared();
    const quality = new Map(record.results.map((result) => [result.policy, result.quality]));
    expect(quality.get('champion')).toBe(1);
    expect(quality.get('constant')).toBeCloseTo(0.98 + 0.02 * 0.75, 12);
    expect(gateInputs[0]?.challenger.choices).toEqual(gateInputs[0]?.champion.choices);
    expect(gateInputs[0]?.challenger.quality[0]).toBeCloseTo(0.99, 12);
  });

  it('names the judges that count without having passed their gate, and why, to whoever reads it or gates by it', () => {
    const judges = [
      {
        judge: 'kind@1',
        outcomes: 120,
        passedGate: false,
        reason: '40 answers have both a human label and a verdict.',
      },
      { judge: 'strict@1', outcomes: 30, passedGate: true, reason: 'It agrees.' },
    ];
    const { record, gateInputs } = compared({ judges });
    expect(record.judges).toEqual(judges);
    expect(record.notes).toEqual([
      expect.stringMatching(
        /^120 outcomes of the dataset .*kind@1.*not passed its gate: 40 answers.*allowUncalibrated/,
      ),
    ]);
    expect(gateInputs[0]?.notes).toEqual(record.notes);
    expect(compared().record.notes).toEqual([]);
  });

  const scoredBy = (labeler: string, row: DatasetRow): DatasetRow => ({
    ...row,
    replayed: Object.fromEntries(Object.entries(row.replayed).map(([name, cell]) => [name, { ...cell, labeler }])),
  });
  const options = { labelKinds: { 'kind@1': 'JUDGE', 'kind@2': 'JUDGE', 'exact@1': 'METRIC' } };

  it('is made with one version of one judge, beside metrics, and counts what another scored', () => {
    const test = rows.map((row, n) => (n < 20 ? row : scoredBy(n < 60 ? 'kind@1' : 'kind@2', row)));
    const { record, gateInputs } = compared({ test, options });
    expect(record.prompts).toBe(PROMPTS - 40);
    expect(gateInputs[0]?.groups).toHaveLength(PROMPTS - 40);
    expect(record.refused[0]?.message).toMatch(/another labeler than kind@2 are left out.*: 40 by kind@1\./);
  });

  it("carries the judge's error where people scored some of its answers, of whatever part, and says so where too few", () => {
    const test = rows.map((row) => scoredBy('kind@1', row));
    const answered = (candidate: string, people: number, part: 'train' | 'test') =>
      Array.from({ length: 30 }, (_, n) =>
        rowAt(1_000 + n, {
          ...{ part, group: `${candidate} ${n}`, loggedCandidate: candidate, replayed: {} },
          checked: { people, judges: { 'kind@1': 1, 'other@1': 0 } },
        }),
      );
    const checked = [...answered('large', 0.75, 'train'), ...answered('small', 1, 'test')];
    const { record } = compared({ test, options, checked });
    const of = (name: string) => record.results.find(({ policy }) => policy === name);
    expect(of('bestSingle')).toMatchObject({ quality: 1, asPeople: { quality: 0.75, gainOverBestSingle: 0 } });
    expect(record.notes).toEqual([expect.stringContaining('asPeople is what people would say, by 60 answers')]);
    const few = compared({ test, options, checked: answered('small', 1, 'train') });
    expect(few.record.notes).toEqual([expect.stringContaining('they scored 0 of the answers of large')]);
    expect(few.gateInputs[0]?.notes).toEqual(few.record.notes);
  });

  it('says which share of all test calls it observed', () => {
    expect(compared().record.observedShare).toBe(0.5);
  });

  it('reads for a champion of another space the vectors of that space', () => {
    const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
    const zeros = tensor([3, 2], 0, 0, 0, 0, 0, 0);
    const ridge: FittedModel = {
      ...{ type: 'ridge', candidates: CANDIDATES, dim: 3, bestSingle: 'large', tradeoff: { usd: 0, seconds: 0 } },
      params: { penalty: 1, familiarity: -1, alwaysBestSingle: 0 },
      tensors: {
        ...{ qualityMean: tensor([2], 0.5, 1), costMean: tensor([2], 0.001, 0.004), secondsMean: tensor([2], 1, 1) },
        ...{
          centre: tensor([3], 0, 0, 0),
          costWeights: zeros,
          secondsWeights: zeros,
          anchors: tensor([1, 3], 1, 0, 0),
        },
        ...{ costBias: tensor([2], 0.001, 0.004), secondsBias: tensor([2], 1, 1) },
        // Only the first number tells what the small candidate can do.
        ...{ qualityWeights: tensor([3, 2], 1, 0, 0, 0, 0, 0), qualityBias: tensor([2], 0.5, 1) },
      },
    };
    const own = (id: string) => (Number(id) % 2 === 1 ? Float32Array.of(1, 0, 0) : Float32Array.of(0, 1, 0));
    const { record, gateInputs } = compared({ champion: { ...champion, model: ridge, vectorOf: own } });
    expect(record.results.find(({ policy }) => policy === 'champion')).toMatchObject({
      quality: 1,
      share: { small: 0.5, large: 0.5 },
    });
    expect(gateInputs[0]?.champion.choices.filter((choice) => choice === 'small')).toHaveLength(PROMPTS / 2);
  });

  it('is made on prompts that the champion was not trained on either, whole groups of them', () => {
    const test = rows.map((row, n) => (n === 150 ? { ...row, group: 'g10' } : row));
    const { record, gateInputs } = compared({ test, champion: { ...champion, unseenFromMs: 100 * HOUR } });
    expect(record.prompts).toBe(99);
    expect(gateInputs[0]?.groups).toHaveLength(99);
  });

  it('is made without the champion when too few such prompts are left, and there is nothing to gate', () => {
    const { record, gateInputs } = compared({ champion: { ...champion, unseenFromMs: 180 * HOUR } });
    expect(record.prompts).toBe(PROMPTS);
    expect(record.results.map(({ policy }) => policy)).not.toContain('champion');
    expect(record.refused[0]).toMatchObject({ code: 'TOO_FEW_PROMPTS', message: expect.stringContaining('bot@2') });
    expect(gateInputs).toEqual([null]);
  });

  it('says how many prompts each candidate leaves out, and does not ask for one that is not available', () => {
    const test = rows.map((row, n) => {
      const { large, small } = row.replayed;
      return n < 7 && large && small ? { ...row, replayed: { large } } : row;
    });
    const { record } = compared({ test });
    expect(record.prompts).toBe(PROMPTS - 7);
    expect(record.refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/7 of 200 replayed prompts are left out.*small has none on 7/),
    ]);
    const without = compared({ test, options: { available: [false, true] } }).record;
    expect(without).toMatchObject({ prompts: PROMPTS, refused: [] });
  });

  it('refuses net savings where an answer has no price, and rounds money to what does not depend on the order of sums', () => {
    const nets = (record: { results: { savedNetUsdPerCall: number | null }[] }) =>
      record.results.map(({ savedNetUsdPerCall }) => savedNetUsdPerCall);
    const unpriced = compared({ spent: { judgeUsd: 1, replayUsd: 1, unpriced: 3, calls: 400 } }).record;
    expect(new Set(nets(unpriced))).toEqual(new Set([null]));
    expect(unpriced.refused[0]?.message).toContain('the price of 3 answers');
    const reordered = compared({ spent: { judgeUsd: 0.3, replayUsd: 0, unpriced: 0, calls: 400 } }).record;
    expect(nets(reordered)).toEqual(nets(compared().record));
  });
});
