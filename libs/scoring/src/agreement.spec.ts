import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import {
  agreementByFamily,
  calibrationOf,
  kappaInterval,
  lengthSlope,
  spearman,
  spearmanInterval,
  weightedKappa,
  type RatedPair,
} from './agreement.js';
import { canaryFigures } from './canaries.js';

const judges = new URL('../../../../shared/data/judges/', import.meta.url);
const sharedIt = existsSync(judges) ? it : it.skip;

/** Pairs from a table of counts: `table[judge][human]`, levels spread evenly over 0..1. */
const pairsOf = (table: number[][]): RatedPair[] =>
  table.flatMap((row, judge) =>
    row.flatMap((count, human) =>
      Array.from({ length: count }, () => ({ judge: judge / (table.length - 1), human: human / (table.length - 1) })),
    ),
  );
const GOOD = pairsOf([
  [20, 5, 0, 0, 0],
  [4, 15, 4, 0, 0],
  [0, 3, 18, 5, 0],
  [0, 0, 4, 16, 3],
  [0, 0, 0, 4, 19],
]);

describe('weightedKappa', () => {
  it('is the plain kappa for two levels: the textbook example of 50 grant proposals', () => {
    const table = [
      [15, 10],
      [5, 20],
    ];
    expect(weightedKappa(pairsOf(table))).toBeCloseTo(0.4, 10);
  });

  it('weights by the square of the distance', () => {
    const table = [
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 3],
    ];
    // Observed: (1 + 1 + 4) / 10 = .6; expected from the marginals 3 3 4 and 3 3 4: 138 / 100.
    expect(weightedKappa(pairsOf(table))).toBeCloseTo(1 - 0.6 / 1.38, 10);
  });

  it('is 1 for the same scores, below 0 for opposite ones, 0 for a constant judge, and undefined where nothing varies', () => {
    const scores = [0, 0.25, 0.5, 0.75, 1];
    expect(weightedKappa(scores.map((score) => ({ judge: score, human: score })))).toBe(1);
    expect(weightedKappa(scores.map((score) => ({ judge: 1 - score, human: score })))).toBeCloseTo(-1, 12);
    expect(weightedKappa(scores.map((score) => ({ judge: 0.5, human: score })))).toBeCloseTo(0, 12);
    expect(weightedKappa(scores.map(() => ({ judge: 1, human: 1 })))).toBeNull();
    expect(weightedKappa([])).toBeNull();
  });
});

describe('kappaInterval', () => {
  it('holds kappa, narrows with more pairs and repeats itself for a seed', () => {
    const kappa = weightedKappa(GOOD) ?? Number.NaN;
    const [lower, upper] = kappaInterval(GOOD, { seed: 1 }) ?? [Number.NaN, Number.NaN];
    expect(lower).toBeLessThan(kappa);
    expect(upper).toBeGreaterThan(kappa);
    const [narrowLower, narrowUpper] = kappaInterval([...GOOD, ...GOOD, ...GOOD, ...GOOD], { seed: 1 }) ?? [
      Number.NaN,
      Number.NaN,
    ];
    expect((upper - lower) / (narrowUpper - narrowLower)).toBeGreaterThan(1.6);
    expect(kappaInterval(GOOD, { seed: 1 })).toEqual([lower, upper]);
    expect(kappaInterval(GOOD, { seed: 2 })).not.toEqual([lower, upper]);
  });

  it('is near to the asymptotic interval of Fleiss, Cohen and Everitt', () => {
    // 200 pairs, both marginals even, 80 % agreement: kappa .6, standard error sqrt(.8 * .2 / 200) / .5.
    const half = (1.96 * Math.sqrt((0.8 * 0.2) / 200)) / 0.5;
    const [lower, upper] = kappaInterval(
      pairsOf([
        [80, 20],
        [20, 80],
      ]),
      { seed: 5 },
    ) ?? [Number.NaN, Number.NaN];
    expect(lower).toBeCloseTo(0.6 - half, 1);
    expect(upper).toBeCloseTo(0.6 + half, 1);
  });
});

describe('spearman', () => {
  it('shares ranks among ties', () => {
    const judge = [1, 2, 2, 4];
    const human = [1, 3, 2, 4];
    const pairs = judge.map((score, index) => ({ judge: score / 4, human: (human[index] ?? 0) / 4 }));
    expect(spearman(pairs)).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });

  it('is undefined for a constant judge', () => {
    expect(spearman([0, 0.5, 1].map((human) => ({ judge: 1, human })))).toBeNull();
  });
});

describe('spearmanInterval', () => {
  it('holds the correlation, narrows with more pairs and repeats itself for a seed', () => {
    const rho = spearman(GOOD) ?? Number.NaN;
    const interval = spearmanInterval(GOOD, { seed: 1 });
    const [lower, upper] = interval ?? [Number.NaN, Number.NaN];
    expect(lower).toBeLessThan(rho);
    expect(upper).toBeGreaterThan(rho);
    const [narrowLower, narrowUpper] = spearmanInterval([...GOOD, ...GOOD, ...GOOD, ...GOOD], { seed: 1 }) ?? [0, 0];
    expect((upper - lower) / (narrowUpper - narrowLower)).toBeGreaterThan(1.6);
    expect(spearmanInterval(GOOD, { seed: 1 })).toEqual(interval);
  });

  it('is near to the asymptotic interval of Bonett and Wright', () => {
    // 400 pairs without ties; Fisher's z with the standard error sqrt((1 + rho^2 / 2) / (n - 3)).
    const pairs = Array.from({ length: 400 }, (_, n) => ({ human: n / 400, judge: (n + ((n * 7919) % 400)) / 800 }));
    const rho = spearman(pairs) ?? Number.NaN;
    const half = 1.96 * Math.sqrt((1 + rho ** 2 / 2) / (pairs.length - 3));
    const [lower, upper] = spearmanInterval(pairs, { seed: 3 }) ?? [Number.NaN, Number.NaN];
    expect(lower).toBeCloseTo(Math.tanh(Math.atanh(rho) - half), 1);
    expect(upper).toBeCloseTo(Math.tanh(Math.atanh(rho) + half), 1);
  });

  it('is undefined for a constant judge', () => {
    expect(
      spearmanInterval(
        GOOD.map(({ human }) => ({ human, judge: 1 })),
        { seed: 1 },
      ),
    ).toBeNull();
  });
});

describe('lengthSlope', () => {
  it('is what a judge adds for each doubling of the length', () => {
    const pairs = [1, 3, 7, 15, 31].map((answerLength, index) => ({
      human: 0.3,
      judge: 0.3 + 0.1 * index,
      answerLength,
    }));
    expect(lengthSlope(pairs)).toBeCloseTo(0.1, 12);
  });

  it('is undefined without lengths', () => {
    expect(lengthSlope(GOOD)).toBeNull();
    expect(lengthSlope([{ judge: 1, human: 0, answerLength: 10 }])).toBeNull();
  });
});

const HONEST = canaryFigures([{ kind: 'INJECTED', score: 0, loggedScore: 0 }]);

describe('calibrationOf', () => {
  it('passes a judge that agrees with people on enough answers', () => {
    const calibration = calibrationOf(GOOD, HONEST, { seed: 1 });
    expect(calibration).toMatchObject({ pairs: 120, passesGate: true, lengthSlope: null });
    expect(calibration.reason).toMatch(/^The lower bound of kappa, 0\.\d\d, reaches 0\.4 on 120 answers\.$/);
  });

  it('passes no judge on fewer than 100 answers, however well it agrees', () => {
    const calibration = calibrationOf(GOOD.slice(0, 99), HONEST, { seed: 1 });
    expect(calibration.passesGate).toBe(false);
    expect(calibration.reason).toBe('99 answers have both a human label and a verdict; 1 more are needed.');
  });

  it('passes no judge that guesses, that is constant, or that nobody has rated', () => {
    const guesses = GOOD.map(({ human }, index) => ({ human, judge: (index % 5) / 4 }));
    expect(calibrationOf(guesses, HONEST, { seed: 1 }).passesGate).toBe(false);
    expect(
      calibrationOf(
        GOOD.map(({ human }) => ({ human, judge: 1 })),
        HONEST,
        { seed: 1 },
      ).passesGate,
    ).toBe(false);
    const same = calibrationOf(
      GOOD.map(() => ({ human: 1, judge: 1 })),
      HONEST,
      { seed: 1 },
    );
    expect(same).toMatchObject({ kappa: null, kappaCi95: null, spearman: null, spearmanCi95: null, passesGate: false });
    expect(calibrationOf([], HONEST, { seed: 1 })).toMatchObject({ pairs: 0, kappa: null, passesGate: false });
  });

  it('passes no judge that obeys, or that has not been asked whether it does', () => {
    const obeys = canaryFigures([{ kind: 'INJECTED', score: 1, loggedScore: 0 }]);
    expect(calibrationOf(GOOD, obeys, { seed: 1 })).toMatchObject({
      ...{ canaries: obeys, passesGate: false },
      reason: expect.stringContaining('an instruction in them raises its score by 1.00'),
    });
    expect(calibrationOf(GOOD, null, { seed: 1 })).toMatchObject({
      ...{ canaries: null, passesGate: false },
      reason: expect.stringMatching(/reaches 0\.4.*canaries yet/),
    });
  });

  sharedIt('tells GPT-4, which agrees with people on LLMBar, from judges that do not', () => {
    const calibrations = ['gpt-4', 'palm2', 'chatgpt', 'llama2'].map((judge) => {
      const lines = readFileSync(new URL(`llmbar-${judge}.jsonl`, judges), 'utf8')
        .trim()
        .split('\n');
      const pairs = lines.map((line) => {
        const verdict: { human: number; judge: number } = JSON.parse(line);
        return { human: verdict.human - 1, judge: verdict.judge - 1 };
      });
      return calibrationOf(pairs, HONEST, { seed: 1 });
    });
    expect(calibrations.map(({ passesGate }) => passesGate)).toEqual([true, false, false, false]);
  });
});

describe('agreement by family', () => {
  it('tells on whose answers a judge agrees with people', () => {
    const pairs = GOOD.map((pair, index) =>
      index % 3 === 0
        ? { ...pair, judge: 1, model: 'gpt-4o' }
        : { ...pair, model: ['claude-3', 'anthropic/claude-4'][index % 2] ?? '' },
    );
    const [claude, gpt, ...others] = agreementByFamily([...pairs, { judge: 1, human: 1 }], { seed: 1 });
    expect(claude).toMatchObject({ family: 'anthropic', pairs: 80 });
    expect(claude?.kappa).toBeGreaterThan(0.8);
    expect(claude?.kappaCi95?.[0]).toBeLessThan(claude?.kappa ?? 0);
    expect(gpt).toMatchObject({ family: 'openai', pairs: 40 });
    expect(gpt?.kappa).toBeLessThan(0.1);
    expect(others).toEqual([{ family: 'unknown', pairs: 1, kappa: null, kappaCi95: null }]);
  });
});
