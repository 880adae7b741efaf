import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupTexts } from './groups.js';
import { randomGroupedSplit } from './random-split.js';
import { planTimeSplit, timeParts, type TimedText } from './time-split.js';

const WORDS =
  'river lamp theory copper window garden engine letter market signal carpet winter harbour teacher violin planet ticket bridge lawyer forest'.split(
    ' ',
  );
const OPTIONS = { testShare: 0.3, embargoSeconds: 5 };

/** A corpus in which prompts are repeated, reworded a little and asked in conversations that may span the cut. */
const corpus = fc
  .record({
    prompts: fc.array(fc.array(fc.constantFrom(...WORDS), { minLength: 20, maxLength: 30 }), {
      minLength: 2,
      maxLength: 12,
    }),
    asked: fc.array(
      fc.record({
        prompt: fc.nat(),
        change: fc.constantFrom('none', 'case', 'space', 'word'),
        startedAtMs: fc.integer({ min: 0, max: 60_000 }),
        sessionId: fc.option(fc.constantFrom('s1', 's2', 's3'), { nil: null, freq: 2 }),
      }),
      { minLength: 4, maxLength: 40 },
    ),
  })
  .map(({ prompts, asked }) =>
    asked.map(({ prompt, change, startedAtMs, sessionId }, index): TimedText & { source: number } => {
      const source = prompt % prompts.length;
      const words = [...(prompts[source] ?? [])];
      if (change === 'word') words[words.length - 1] = 'reworded';
      const text = words.join(change === 'space' ? '\n ' : ' ');
      return {
        id: `call-${index}`,
        text: change === 'case' ? text.toUpperCase() : text,
        startedAtMs,
        sessionId,
        source,
      };
    }),
  );

function reversed<T>(items: readonly T[]): T[] {
  return [...items].reverse();
}

/** That nothing which training saw is asked in the test: neither the prompt, nor a variant of it, nor its conversation. */
function sharesNothing(
  items: readonly (TimedText & { source: number })[],
  partOf: ReadonlyMap<string, string>,
): boolean {
  const trained = items.filter((item) => partOf.get(item.id) === 'train');
  const tested = items.filter((item) => partOf.get(item.id) === 'test');
  return tested.every((test) =>
    trained.every(
      (train) => train.source !== test.source && (train.sessionId === null || train.sessionId !== test.sessionId),
    ),
  );
}

describe('planTimeSplit', () => {
  it('never lets a prompt, a variant of it or its conversation lie in train and in test', () => {
    fc.assert(
      fc.property(corpus, (items) => sharesNothing(items, planTimeSplit(items, OPTIONS).partOf)),
      { numRuns: 200 },
    );
  });

  it('would let them without the groups, so the property above can fail', () => {
    const ungrouped = fc.property(corpus, (items) => {
      const times = items.map(({ startedAtMs }) => startedAtMs);
      const { parts } = timeParts(times, [...items.keys()], OPTIONS);
      return sharesNothing(items, new Map(items.map(({ id }, k) => [id, parts[k] ?? ''])));
    });
    expect(fc.check(ungrouped, { numRuns: 200 }).failed).toBe(true);
  });

  it('tests the share that was asked for, to the item', () => {
    for (const [n, testShare] of [
      [10, 0.8],
      [10, 0.2],
      [1_000, 0.7],
      [7, 0.5],
    ] as const) {
      const times = Array.from({ length: n }, (_, k) => k);
      const { parts } = timeParts(times, times, { testShare, embargoSeconds: 0 });
      expect(parts.filter((part) => part === 'test')).toHaveLength(Math.ceil(n * testShare - 1e-9));
    }
  });

  it('gives the same answer for the same items in any order', () => {
    fc.assert(
      fc.property(corpus, (items) => {
        const plan = planTimeSplit(items, OPTIONS);
        const again = planTimeSplit(reversed(items), OPTIONS);
        expect(again.cutMs).toBe(plan.cutMs);
        expect(items.map(({ id }) => [again.groups.get(id), again.partOf.get(id)])).toEqual(
          items.map(({ id }) => [plan.groups.get(id), plan.partOf.get(id)]),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('cuts by time, leaves an embargo before the cut, and keeps spanning prompts out of the test of unseen prompts', () => {
    const at = (id: string, seconds: number, text: string) => ({ id, text, startedAtMs: seconds * 1000 });
    const items = [
      at('old', 0, 'what is a harbour'),
      at('older', 1, 'why is copper red'),
      at('close', 96, 'who built the bridge'),
      at('asked again', 100, 'what is a HARBOUR?'),
      at('new', 101, 'when does the market open'),
    ];
    const { cutMs, partOf } = planTimeSplit(items, { testShare: 0.4, embargoSeconds: 10 });
    expect(cutMs).toBe(100_000);
    expect(Object.fromEntries(partOf)).toEqual({
      old: 'train',
      older: 'train',
      close: 'embargo',
      'asked again': 'spanning',
      new: 'test',
    });
  });

  it('has nothing to say about no items', () => {
    expect(planTimeSplit([], OPTIONS)).toEqual({ cutMs: null, groups: new Map(), partOf: new Map() });
  });
});

describe('randomGroupedSplit', () => {
  const groupLists = fc.array(fc.nat(30).map(String), { minLength: 2, maxLength: 200 });
  const options = { testShare: 0.2, seed: 7 };

  it('never puts a group on both sides', () => {
    fc.assert(
      fc.property(corpus, fc.integer(), (items, seed) => {
        const groups = groupTexts(items);
        const parts = randomGroupedSplit(
          items.map(({ id }) => groups.get(id) ?? ''),
          { testShare: 0.3, seed },
        );
        return sharesNothing(items, new Map(items.map(({ id }, index) => [id, parts[index] ?? ''])));
      }),
      { numRuns: 100 },
    );
  });

  it('would put them there without the groups, so the property above can fail', () => {
    const ungrouped = fc.property(corpus, fc.integer(), (items, seed) => {
      const parts = randomGroupedSplit(
        items.map(({ id }) => id),
        { testShare: 0.3, seed },
      );
      return sharesNothing(items, new Map(items.map(({ id }, index) => [id, parts[index] ?? ''])));
    });
    expect(fc.check(ungrouped, { numRuns: 100 }).failed).toBe(true);
  });

  it('depends on the groups and the seed, not on the order of the rows', () => {
    fc.assert(
      fc.property(groupLists, (groups) => {
        expect(reversed(randomGroupedSplit(reversed(groups), options))).toEqual(randomGroupedSplit(groups, options));
      }),
    );
    const groups = Array.from({ length: 50 }, (_, index) => String(index));
    expect(randomGroupedSplit(groups, { testShare: 0.2, seed: 8 })).not.toEqual(randomGroupedSplit(groups, options));
  });

  it('leaves neither side empty when there are two groups or more', () => {
    fc.assert(
      fc.property(groupLists, fc.integer(), (groups, seed) => {
        const sides = new Set(randomGroupedSplit(groups, { testShare: 0.2, seed })).size;
        return sides === Math.min(2, new Set(groups).size);
      }),
    );
  });

  it('meets the wanted share exactly when every row is a group of its own', () => {
    const groups = Array.from({ length: 1000 }, (_, index) => `g${index}`);
    expect(randomGroupedSplit(groups, options).filter((part) => part === 'test').length).toBe(200);
  });
});
