import { describe, expect, it } from '@jest/globals';
import type { DatasetCell, DatasetRow } from '@signalbox/contracts';
import { matrixOf } from './matrix.js';

const cell = (source: DatasetCell['source'], performance: number, labeler = 'metric@1'): DatasetCell => ({
  source,
  performance,
  labeler,
  costUsd: performance / 100,
});

function row(part: Partial<DatasetRow>): DatasetRow {
  return {
    id: 'a',
    textHash: 'h',
    query: 'q',
    task: null,
    group: 'g',
    part: 'train',
    startedAt: null,
    loggedCandidate: null,
    probabilities: null,
    logged: null,
    replayed: {},
    inRandomSlice: false,
    ...part,
  };
}

const vectorOf = (hash: string) => (hash === 'h' ? Float32Array.of(1, 0) : undefined);
const layOut = (...rows: DatasetRow[]) => matrixOf(rows, ['large', 'small'], vectorOf);

describe('matrixOf', () => {
  it('takes the replayed cell of a candidate that was logged too, and keeps the logged choice', () => {
    const { matrix } = layOut(
      row({
        loggedCandidate: 'small',
        logged: cell('logged', 0.2),
        replayed: { small: cell('replayed', 0.4), large: cell('replayed', 1) },
        inRandomSlice: true,
      }),
    );
    expect([...matrix.quality]).toEqual([1, 0.4]);
    expect([...matrix.logged!]).toEqual([1]);
    expect([...matrix.propensity!]).toEqual([1, 1]);
    expect([...matrix.asked!]).toEqual([1, 1]);
  });

  it('takes neither a replay that was not drawn at random nor a choice that was certain for a random one', () => {
    const { matrix } = layOut(
      row({ replayed: { small: cell('replayed', 0.4), large: cell('replayed', 1) } }),
      row({
        loggedCandidate: 'small',
        logged: { ...cell('logged', 0.5), propensity: 1 },
        probabilities: { small: 1, large: 0 },
      }),
    );
    expect([...matrix.asked!]).toEqual([0, 0, 0, 0]);
    expect([...matrix.propensity!]).toEqual([NaN, NaN, 0, NaN]);
  });

  it('leaves feedback on logged answers out once enough rows have another label, and counts it', () => {
    const rows = (labelled: number) => [
      row({ loggedCandidate: 'small', logged: cell('logged', 1, 'thumbs@1') }),
      ...Array.from({ length: labelled }, () => row({ loggedCandidate: 'large', logged: cell('logged', 0) })),
    ];
    const kinds = { labelKinds: { 'thumbs@1': 'FEEDBACK', 'metric@1': 'METRIC' } };
    const few = matrixOf(rows(99), ['large', 'small'], vectorOf, kinds);
    expect({ n: few.matrix.n, ...few.leftOut }).toMatchObject({ n: 100, feedbackScores: 0 });
    const enough = matrixOf(rows(100), ['large', 'small'], vectorOf, kinds);
    expect({ n: enough.matrix.n, ...enough.leftOut }).toMatchObject({ n: 100, feedbackScores: 1 });
    expect(enough.matrix.quality.filter((value) => value === 1)).toHaveLength(0);
  });

  it('keeps the whole vector of propensities of a logged row, and missing cells missing', () => {
    const { matrix } = layOut(
      row({
        loggedCandidate: 'small',
        logged: { ...cell('logged', 0.5), propensity: 0.9 },
        probabilities: { small: 0.9, large: 0.1 },
      }),
    );
    expect([...matrix.quality]).toEqual([NaN, 0.5]);
    expect([...matrix.propensity!]).toEqual([0.1, 0.9]);
  });

  it('never compares scores of two labelers on one prompt, and counts what it leaves out', () => {
    const { matrix, leftOut } = layOut(
      row({
        loggedCandidate: 'small',
        logged: cell('logged', 1, 'feedback@1'),
        replayed: { large: cell('replayed', 0.5, 'judge@2') },
      }),
      row({ textHash: 'other' }),
      row({}),
      row({ loggedCandidate: 'retired', logged: cell('logged', 1), replayed: { large: cell('replayed', 0.5) } }),
    );
    expect([...matrix.quality.subarray(0, 2)]).toEqual([0.5, NaN]);
    expect(matrix.costUsd[1]).toBe(0.01);
    expect(leftOut).toEqual({
      rowsWithoutVector: 1,
      rowsWithoutOutcome: 1,
      scoresOfOtherLabeler: 1,
      cellsOfOtherModels: 1,
      feedbackScores: 0,
    });
  });
});
