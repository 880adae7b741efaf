import { describe, expect, it } from '@jest/globals';
import { gate, type GateInput, type GatePolicy } from './gate.js';
import { uniform } from './random.js';

const PROMPTS = 400;

/** A policy that is right with the given chance and costs the given price. */
function policy(name: string, chance: number, cost: number, seed: number, choice = name): GatePolicy {
  const next = uniform(seed);
  return {
    name,
    choices: Array.from({ length: PROMPTS }, () => choice),
    quality: Float64Array.from({ length: PROMPTS }, () => (next() < chance ? 1 : 0)),
    costUsd: new Float64Array(PROMPTS).fill(cost),
  };
}

const champion = policy('champion', 0.7, 0.01, 1);
const bestSingle = policy('best single candidate', 0.7, 0.01, 2);
const groups = Array.from({ length: PROMPTS }, (_, i) => `g${i}`);
const input = (challenger: GatePolicy, more: Partial<GateInput> = {}): GateInput => ({
  challenger,
  champion,
  bestSingle,
  groups,
  gatesBefore: 0,
  ...more,
});
const failed = (given: GateInput) => gate(given).checks.flatMap(({ passed, name }) => (passed ? [] : [name]));

describe('gate', () => {
  it('passes a challenger that is better and cheaper than both', () => {
    const report = gate(input(policy('challenger', 0.9, 0.004, 3)));
    expect(report).toMatchObject({ passed: true, promptsNeeded: 0 });
    expect(report.power).toBeGreaterThan(0.9);
    for (const { measured, required } of report.checks)
      expect(`${measured} ${required}`).toMatch(/points|%|prompt|groups/);
  });

  it('refuses equal policies: there is nothing to gain', () => {
    const report = gate(input({ ...champion, name: 'challenger' }, { bestSingle: champion }));
    expect(report).toMatchObject({ passed: false, promptsNeeded: null });
    expect(report.checks.find(({ passed }) => !passed)?.measured).toContain('no difference');
  });

  it('refuses a loss, however much it saves, and says that no number of prompts would help', () => {
    const report = gate(input(policy('challenger', 0.4, 0.001, 4)));
    expect(report).toMatchObject({ passed: false, promptsNeeded: null });
  });

  it('refuses better quality beyond the cost limit, unless the limit allows it', () => {
    const dear = input(policy('challenger', 0.95, 0.015, 5));
    expect(failed(dear)).toEqual(['cost against champion', 'cost against best single candidate']);
    expect(gate(dear, { maxCostRatio: 2 }).passed).toBe(true);
  });

  it('refuses what is better than the champion but not than the best single candidate', () => {
    const strong = policy('best single candidate', 0.97, 0.004, 6);
    expect(failed(input(policy('challenger', 0.9, 0.004, 3), { bestSingle: strong }))).toContain(
      'quality against best single candidate',
    );
  });

  it('says how many more prompts an unproven gain needs', () => {
    const slight = policy('challenger', 0.75, 0.004, 4);
    const report = gate(input(slight));
    expect(report.passed).toBe(false);
    expect(report.promptsNeeded).toBeGreaterThan(0);
  });

  it('counts groups, not prompts', () => {
    const few = Array.from({ length: PROMPTS }, (_, i) => `g${i % 50}`);
    expect(failed(input(policy('challenger', 0.9, 0.004, 3), { groups: few }))).toContain('enough prompts');
  });

  it('asks for more certainty with every gate before', () => {
    const lower = (gatesBefore: number) =>
      gate(input(policy('challenger', 0.8, 0.004, 3), { gatesBefore })).checks[2]!.measured;
    expect(lower(0)).toContain('97.5% sure');
    expect(lower(5)).toContain('99.9% sure');
  });

  it('refuses a loss against the best version of 90 days that adds up over many gates', () => {
    const best = policy('support-bot@3', 0.99, 0.01, 8);
    expect(failed(input(policy('challenger', 0.9, 0.004, 3), { bestOfLast90Days: best }))).toEqual([
      'loss against the best of 90 days',
    ]);
  });

  it('lets a challenger that is truly 2 points worse pass less than one time in twenty', () => {
    let passed = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const worse = policy('challenger', 0.68, 0.004, 1000 + seed);
      const same = policy('champion', 0.7, 0.01, 5000 + seed);
      if (gate(input(worse, { champion: same, bestSingle: same })).passed) passed += 1;
    }
    expect(passed).toBeLessThan(10);
  });
});
