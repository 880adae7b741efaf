import { describe, expect, it } from '@jest/globals';
import { sampleForReplay, type ReplayCandidate } from './replay-sample.js';

const item = (index: number, changes: Partial<ReplayCandidate> = {}): ReplayCandidate => ({
  id: `call-${String(index).padStart(3, '0')}`,
  group: `group-${Math.floor(index / 2)}`,
  part: index < 100 ? 'train' : 'test',
  needsTools: false,
  ...changes,
});
const ITEMS = [
  ...Array.from({ length: 200 }, (_, index) => item(index)),
  item(200, { group: 'with tools', needsTools: true }),
  item(201, { group: 'late', part: 'spanning' }),
];

describe('sampleForReplay', () => {
  it('draws one prompt of each drawn group, with the probability that it says', () => {
    const sample = sampleForReplay(ITEMS, { test: 20, train: 10, seed: 3 });
    if (!sample.ok) throw new Error(sample.error.hint);
    const { prompts, shares, skippedForTools } = sample.value;
    expect(prompts.length).toBe(30);
    expect(new Set(prompts.map((prompt) => prompt.group)).size).toBe(30);
    expect(shares).toEqual({
      test: { eligibleGroups: 50, sampled: 20, share: 0.4 },
      train: { eligibleGroups: 50, sampled: 10, share: 0.2 },
    });
    expect(new Set(prompts.map(({ part, inclusion }) => `${part} ${inclusion}`))).toEqual(
      new Set(['test 0.2', 'train 0.1']),
    );
    expect(skippedForTools).toBe(1);
  });

  it('includes each prompt as often as it says, over many seeds', () => {
    const drawn = new Map<string, number>();
    const runs = 2000;
    for (let seed = 0; seed < runs; seed++) {
      const sample = sampleForReplay(ITEMS, { test: 20, train: 10, seed });
      if (!sample.ok) throw new Error(sample.error.hint);
      for (const { id } of sample.value.prompts) drawn.set(id, (drawn.get(id) ?? 0) + 1);
    }
    const shares = ITEMS.slice(100, 200).map(({ id }) => (drawn.get(id) ?? 0) / runs);
    // 4.5 standard errors of a share of .2 in 2,000 draws.
    for (const share of shares) expect(Math.abs(share - 0.2)).toBeLessThan(0.04);
  });

  it('depends on the seed and not on the order of the items', () => {
    const options = { test: 20, train: 10, seed: 3 };
    const sample = sampleForReplay(ITEMS, options);
    expect(sampleForReplay([...ITEMS].reverse(), options)).toEqual(sample);
    expect(sampleForReplay(ITEMS, { ...options, seed: 4 })).not.toEqual(sample);
  });

  it('says how many prompts are missing', () => {
    expect(sampleForReplay(ITEMS, { test: 60, train: 10, seed: 3 })).toEqual({
      ok: false,
      error: { code: 'TOO_FEW_PROMPTS', path: 'test', hint: expect.stringContaining('50 distinct prompts') },
    });
    const fewer = sampleForReplay(ITEMS, { test: 60, train: 10, seed: 3, atLeast: { test: 30, train: 10 } });
    expect(fewer.ok && fewer.value.shares.test).toEqual({ eligibleGroups: 50, sampled: 50, share: 1 });
  });
});
