import { describe, expect, it } from '@jest/globals';
import { answerTo } from './answers.js';
import { CANDIDATES } from './candidates.js';
import { FAMILIES } from './problems.js';
import { generateTraffic } from './traffic.js';
import { truthOf } from './truth.js';

const SEED = 7;
const prompts = [
  ...new Set(
    generateTraffic({ seed: SEED, scenario: 'default', calls: 800 }).calls.map(
      (call) => call.turns.at(-1)?.content ?? '',
    ),
  ),
];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Per prompt, the expectation of each candidate in the order of the list. */
function matrix(scenario: 'default' | 'no-signal') {
  const truth = truthOf(SEED, scenario);
  return prompts.map((prompt) =>
    truth.candidates.map((candidate) => {
      const expected = truth.expected(candidate, prompt);
      if (expected === null) throw new Error(prompt);
      return expected;
    }),
  );
}
const columns = (rows: ReturnType<typeof matrix>, value: 'quality' | 'costUsd') =>
  CANDIDATES.map((_, index) => mean(rows.map((row) => row[index]?.[value] ?? Number.NaN)));

describe('truth', () => {
  it('in the default scenario routing wins 5 points, or saves 30 % at the quality of the best single candidate', () => {
    const rows = matrix('default');
    const single = columns(rows, 'quality');
    const best = single.indexOf(Math.max(...single));
    const bestCost = columns(rows, 'costUsd')[best] ?? Number.NaN;
    expect(CANDIDATES[best]?.name).toBe('atlas-large');
    expect(
      mean(rows.map((row) => Math.max(...row.map(({ quality }) => quality)))) - (single[best] ?? 1),
    ).toBeGreaterThan(0.05);
    const chosen = rows.map((row) =>
      row.reduce((a, b) => (b.quality - 20 * b.costUsd > a.quality - 20 * a.costUsd ? b : a)),
    );
    expect(mean(chosen.map(({ quality }) => quality))).toBeGreaterThanOrEqual(single[best] ?? 1);
    expect(mean(chosen.map(({ costUsd }) => costUsd))).toBeLessThan(0.7 * bestCost);
  });

  it('knowing the family alone is worth 5 points: a router need not see what nobody can see', () => {
    const rows = matrix('default');
    const truth = truthOf(SEED, 'default');
    const single = columns(rows, 'quality');
    const byFamily = FAMILIES.map(({ name }) => {
      const of = rows.filter((_, index) => truth.family(prompts[index] ?? '') === name);
      return of.length * Math.max(...columns(of, 'quality'));
    });
    expect(byFamily.reduce((sum, value) => sum + value, 0) / rows.length - Math.max(...single)).toBeGreaterThan(0.05);
  });

  it('some family is done best, or as well as by anyone, by the cheapest candidate', () => {
    const rows = matrix('default');
    const truth = truthOf(SEED, 'default');
    const won = FAMILIES.filter(({ name }) => {
      const quality = columns(
        rows.filter((_, index) => truth.family(prompts[index] ?? '') === name),
        'quality',
      );
      return (quality[2] ?? 0) > Math.max(...quality) - 0.02;
    });
    expect(won.length).toBeGreaterThanOrEqual(3);
  });

  it('without signal a candidate’s chance is one constant, and the best is neither the cheapest nor reachable more cheaply', () => {
    const rows = matrix('no-signal');
    for (const index of CANDIDATES.keys()) expect(new Set(rows.map((row) => row[index]?.quality)).size).toBe(1);
    const quality = columns(rows, 'quality');
    const cost = columns(rows, 'costUsd');
    expect(new Set(quality).size).toBe(5);
    const best = quality.indexOf(Math.max(...quality));
    const cheaper = cost.flatMap((value, index) => (value < (cost[best] ?? 0) ? [quality[index] ?? 1] : []));
    expect(cheaper.length).toBeGreaterThan(0);
    expect(Math.max(...cheaper)).toBeLessThan((quality[best] ?? 0) - 0.2);
  });

  it.each(['default', 'no-signal'] as const)(
    'answers come as often right, as dear and as fast as the truth says (%s)',
    (scenario) => {
      const truth = truthOf(SEED, scenario);
      for (const candidate of CANDIDATES) {
        const answers = prompts.map((prompt) => {
          const answer = answerTo(SEED, scenario, candidate, [{ role: 'user', content: prompt }], 'spec');
          const expected = truth.expected(candidate.name, prompt);
          if (answer === null || expected === null) throw new Error(prompt);
          expect(answer.score).toBe(truth.score(prompt, answer.text));
          return { answer, expected };
        });
        const gap = answers.reduce((sum, { answer, expected }) => sum + answer.score - expected.quality, 0);
        const variance = answers.reduce((sum, { expected }) => sum + expected.quality * (1 - expected.quality), 0);
        // Ten such checks: one in two hundred seeds would fail by chance.
        expect(Math.abs(gap) / Math.sqrt(variance)).toBeLessThan(3.5);
        const ratio = (a: readonly number[], b: readonly number[]): number => mean(a) / mean(b);
        expect(
          ratio(
            answers.map(({ answer }) => answer.costUsd),
            answers.map(({ expected }) => expected.costUsd),
          ),
        ).toBeCloseTo(1, 1);
        expect(
          ratio(
            answers.map(({ answer }) => answer.seconds),
            answers.map(({ expected }) => expected.seconds),
          ),
        ).toBeCloseTo(1, 1);
      }
    },
  );

  it('the same attempt is answered alike, another one anew', () => {
    const ask = (attempt: string): string[] =>
      prompts
        .slice(0, 200)
        .map(
          (prompt) =>
            answerTo(SEED, 'default', CANDIDATES[1] ?? never(), [{ role: 'user', content: prompt }], attempt)?.text ??
            '',
        );
    expect(ask('1')).toEqual(ask('1'));
    expect(ask('1')).not.toEqual(ask('2'));
  });

  it('knows nothing of prompts and candidates that are not of the sample', () => {
    const truth = truthOf(SEED, 'default');
    expect(truth.expected('atlas-large', 'Write a poem about rain.')).toBeNull();
    expect(truth.expected('someone-else', prompts[0] ?? '')).toBeNull();
  });
});

function never(): never {
  throw new Error('no such candidate');
}
