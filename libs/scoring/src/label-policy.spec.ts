import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LABEL_PRECEDENCE, resolvePerformance, type LabelOpinion } from './label-policy.js';

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

  it('uses a judge that is not calibrated only where the policy says so', () => {
    const labels = [label('JUDGE', 0.75, { calibrated: false }), label('FEEDBACK', 0)];
    expect(resolvePerformance(labels)).toMatchObject({ kind: 'FEEDBACK' });
    expect(resolvePerformance(labels, { allowUncalibrated: true })).toMatchObject({ kind: 'JUDGE', performance: 0.75 });
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
    expect(resolvePerformance(labels, { labelers: ['other'] })).toMatchObject({ labeler: 'other@1', performance: 0.5 });
  });

  it('uses no kind that the policy leaves out', () => {
    expect(resolvePerformance([label('FEEDBACK', 1)], { precedence: ['METRIC', 'HUMAN'] })).toBeNull();
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
