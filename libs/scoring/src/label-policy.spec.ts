import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  explainPerformance,
  LABEL_PRECEDENCE,
  labelPolicy,
  resolvePerformance,
  type LabelOpinion,
  type LabelPolicy,
} from './label-policy.js';

const label = (
  kind: LabelOpinion['kind'],
  score: number | null,
  changes: Partial<LabelOpinion> = {},
): LabelOpinion => ({
  kind,
  labeler: kind.toLowerCase(),
  version: '1',
  score,
  abstained: score === null,
  ...(kind === 'JUDGE' && { calibrated: true }),
  ...changes,
});

const policy = (changes: Partial<LabelPolicy>): LabelPolicy => labelPolicy.parse(changes);

describe('resolvePerformance', () => {
  it('prefers metric, human, judge and feedback in this order', () => {
    const all = [label('FEEDBACK', 0.1), label('JUDGE', 0.25), label('HUMAN', 0.7), label('METRIC', 1)];
    const resolved = all.map((_, index) => resolvePerformance(all.slice(0, index + 1)));
    expect(resolved).toEqual([
      { performance: 0.1, kind: 'FEEDBACK', labeler: 'feedback@1' },
      { performance: 0.25, kind: 'JUDGE', labeler: 'judge@1' },
      { performance: 0.7, kind: 'HUMAN', labeler: 'human@1' },
      { performance: 1, kind: 'METRIC', labeler: 'metric@1' },
    ]);
  });

  it('finds no label in abstentions, unread verdicts and nothing', () => {
    expect(resolvePerformance([])).toBeNull();
    expect(resolvePerformance([label('JUDGE', null), label('JUDGE', null, { abstained: false })])).toBeNull();
    expect(resolvePerformance([label('METRIC', null), label('FEEDBACK', 1)])).toMatchObject({ kind: 'FEEDBACK' });
  });

  it('uses no judge that is not calibrated', () => {
    const labels = [label('JUDGE', 0.75, { calibrated: false }), label('FEEDBACK', 0)];
    expect(resolvePerformance(labels)).toMatchObject({ kind: 'FEEDBACK' });
    expect(resolvePerformance([label('JUDGE', 1, { calibrated: undefined })])).toBeNull();
  });

  it('takes the mean over people, of each the latest opinion', () => {
    const labels = [
      label('FEEDBACK', 1, { userId: 'ann', createdAtMs: 3 }),
      label('FEEDBACK', 0, { userId: 'ann', createdAtMs: 1 }),
      label('FEEDBACK', 0, { userId: 'ben', createdAtMs: 2 }),
    ];
    expect(resolvePerformance(labels)?.performance).toBe(0.5);
    expect(resolvePerformance([label('HUMAN', 1), label('HUMAN', 0.5)])?.performance).toBe(0.75);
  });

  it('takes the latest of a judge, and never mixes versions or labelers', () => {
    const labels = [
      label('JUDGE', 0, { createdAtMs: 1 }),
      label('JUDGE', 1, { createdAtMs: 2, version: '2' }),
      label('JUDGE', 0.5, { createdAtMs: 3, labeler: 'other' }),
    ];
    expect(resolvePerformance(labels)).toEqual({ performance: 1, kind: 'JUDGE', labeler: 'judge@2' });
    expect(resolvePerformance(labels, policy({ labelers: ['other'] }))).toMatchObject({
      labeler: 'other@1',
      performance: 0.5,
    });
  });

  it('uses no kind that the policy leaves out', () => {
    expect(resolvePerformance([label('FEEDBACK', 1)], policy({ precedence: ['METRIC', 'HUMAN'] }))).toBeNull();
  });

  it('throws on a score that a door should have refused', () => {
    expect(() => resolvePerformance([label('FEEDBACK', 5)])).toThrow(RangeError);
    expect(() => resolvePerformance([label('FEEDBACK', Number.NaN)])).toThrow(RangeError);
  });

  it('never invents a score: it lies within the scores of the kind that it names', () => {
    const opinions = fc.array(
      fc
        .tuple(fc.constantFrom(...LABEL_PRECEDENCE), fc.option(fc.double({ min: 0, max: 1, noNaN: true })), fc.nat(3))
        .map(([kind, score, user]) => label(kind, score, { userId: String(user) })),
    );
    fc.assert(
      fc.property(opinions, (labels) => {
        const resolved = resolvePerformance(labels);
        const scores = labels.flatMap(({ kind, score }) => (kind === resolved?.kind && score !== null ? [score] : []));
        if (resolved === null) return labels.every(({ score }) => score === null);
        const slack = 1e-12;
        return (
          resolved.performance >= Math.min(...scores) - slack && resolved.performance <= Math.max(...scores) + slack
        );
      }),
    );
  });
});

describe('a label policy', () => {
  const judges = (...scores: (number | null)[]) =>
    scores.map((score, n) => label('JUDGE', score, { labeler: `judge-${n}` }));
  const weights = { JUDGE: { 'judge-0': 3, 'judge-1': 1 } };

  it('takes the weighted mean of the labelers that it weighs', () => {
    expect(resolvePerformance(judges(1, 0, 0), policy({ weights }))).toEqual({
      performance: 0.75,
      kind: 'JUDGE',
      labeler: 'judge-0@1*3+judge-1@1*1',
    });
  });

  it('has no weighted mean of some of them: the next kind decides', () => {
    const labels = [...judges(1, null), label('FEEDBACK', 0.5)];
    expect(resolvePerformance(labels, policy({ weights }))).toMatchObject({ kind: 'FEEDBACK', performance: 0.5 });
    expect(resolvePerformance(judges(1), policy({ weights }))).toBeNull();
  });

  it('lets a judge in that has not passed its gate, by its name and no other', () => {
    const labels = [
      label('JUDGE', 1, { labeler: 'a', calibrated: false }),
      label('JUDGE', 0, { labeler: 'b', calibrated: false }),
    ];
    expect(resolvePerformance(labels, policy({ allowUncalibrated: ['b'] }))).toMatchObject({ labeler: 'b@1' });
    expect(resolvePerformance(labels, policy({ allowUncalibrated: ['c'] }))).toBeNull();
    expect(
      resolvePerformance([label('JUDGE', null, { labeler: 'b' })], policy({ allowUncalibrated: ['b'] })),
    ).toBeNull();
  });

  it('gives the same score at any order of the labels', () => {
    const labels = [...judges(1, 0.25, 0.5), label('FEEDBACK', 0.5), label('HUMAN', 0.1)];
    const policies = [policy({}), policy({ weights }), policy({ precedence: ['JUDGE'], labelers: ['judge-2'] })];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(labels, { minLength: labels.length }),
        fc.constantFrom(...policies),
        (mixed, each) => {
          expect(resolvePerformance(mixed, each)).toEqual(resolvePerformance(labels, each));
        },
      ),
    );
  });

  const told = (labels: LabelOpinion[], by?: LabelPolicy) =>
    explainPerformance(labels, by).uses.map(({ counts, why }) => ({ counts, why }));

  it('explains of every label why it counts or does not', () => {
    const labels = [
      label('JUDGE', 0, { createdAtMs: 1 }),
      label('JUDGE', 1, { createdAtMs: 2, version: '2' }),
      label('JUDGE', 0.5, { createdAtMs: 3, labeler: 'other' }),
      label('JUDGE', 0.5, { calibrated: false }),
      label('HUMAN', null),
      label('FEEDBACK', 1),
      label('METRIC', 1),
    ];
    const by = policy({ precedence: ['HUMAN', 'JUDGE', 'FEEDBACK'] });
    expect(resolvePerformance(labels, by)).toEqual({ performance: 1, kind: 'JUDGE', labeler: 'judge@2' });
    expect(told(labels, by)).toEqual([
      { counts: false, why: 'version 2 of judge is newer' },
      { counts: true, why: 'JUDGE is the first kind with a usable label; by judge@2' },
      { counts: false, why: 'judge comes before other' },
      { counts: false, why: 'the judge has not been shown to agree with people' },
      { counts: false, why: 'the labeler abstained' },
      { counts: false, why: 'JUDGE comes before FEEDBACK' },
      { counts: false, why: 'the policy leaves out METRIC' },
    ]);
    const people = [
      label('FEEDBACK', 0, { userId: 'ann', createdAtMs: 1 }),
      label('FEEDBACK', 1, { userId: 'ann', createdAtMs: 2 }),
    ];
    expect(told(people)).toEqual([
      { counts: false, why: 'a later label of the same replaces it' },
      { counts: true, why: 'FEEDBACK is the first kind with a usable label; by feedback@1' },
    ]);
    expect(told(judges(1), policy({ weights }))).toEqual([
      { counts: false, why: 'the policy weighs JUDGE with judge-1, of which there is none' },
    ]);
  });

  it.each([
    [{ precedence: ['METRIC', 'METRIC'] }, 'precedence'],
    [{ precedence: [] }, 'precedence'],
    [{ precedence: ['JURY'] }, 'precedence'],
    [{ weights: { JUDGE: {} } }, 'weights'],
    [{ weights: { JUDGE: { a: 0 } } }, 'weights'],
    [{ weights: { JURY: { a: 1 } } }, 'weights'],
    [{ wieghts: {} }, ''],
    ['METRIC', ''],
  ])('refuses %j', (given, path) => {
    const parsed = labelPolicy.safeParse(given);
    expect(parsed.error?.issues[0]?.path[0] ?? '').toBe(path);
    expect(parsed.success).toBe(false);
  });
});
