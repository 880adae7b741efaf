import { describe, expect, it } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { boundedInterval } from './intervals.js';
import { JudgeError, type CheckedAnswer, type JudgedRow } from './judge-error.js';

const JUDGE = 'judge@1';
const [SMALL, LARGE] = [0, 1];
/** Chance of each level 0..4 by candidate, on easy and on hard prompts. */
const LEVELS = [
  { easy: [0.05, 0.05, 0.1, 0.2, 0.6], hard: [0.4, 0.2, 0.2, 0.1, 0.1] },
  { easy: [0.02, 0.03, 0.05, 0.2, 0.7], hard: [0.1, 0.1, 0.2, 0.25, 0.35] },
];
/** A router sends this share of the easy prompts to the small candidate, and the rest of the hard ones: it is not told which is which. */
const SEES = 0.85;
type Judge = (level: number, candidate: number, chance: () => number) => number;
/** Too kind to the answers of its own family, the small candidate, and a little strict with the others. */
const KIND: Judge = (level, candidate, chance) => {
  if (candidate === SMALL) return chance() < 0.5 ? level : Math.min(4, level + 1);
  return chance() < 0.85 ? level : Math.max(0, level - 1);
};
/** Seldom wrong, and then all the way. */
const RARE: Judge = (level, candidate, chance) => (chance() < 0.96 ? level : candidate === SMALL ? 4 : 0);

const meanLevel = (levels: readonly number[] = []) =>
  levels.reduce((sum, share, level) => sum + (share * level) / 4, 0);
const gainOn = (kind: 'easy' | 'hard') => meanLevel(LEVELS[SMALL]?.[kind]) - meanLevel(LEVELS[LARGE]?.[kind]);
/** What people would say of the router, less what they would of the large candidate alone. */
const TRUTH = 0.5 * SEES * gainOn('easy') + 0.5 * (1 - SEES) * gainOn('hard');

function draw(seed: number, judge: Judge, { prompts, checked }: { prompts: number; checked: number }) {
  const random = xoroshiro128plus(seed);
  const chance = () => uniformInt(random, 0, 999_999) / 1_000_000;
  const promptOf = () => {
    const kind = chance() < 0.5 ? ('easy' as const) : ('hard' as const);
    return { kind, choice: chance() < (kind === 'easy' ? SEES : 1 - SEES) ? SMALL : LARGE };
  };
  const answer = (kind: 'easy' | 'hard', candidate: number) => {
    const levels = LEVELS[candidate]?.[kind] ?? [];
    let rest = chance();
    const found = levels.findIndex((share) => (rest -= share) < 0);
    const level = found < 0 ? 4 : found;
    return { people: level / 4, judge: judge(level, candidate, chance) / 4 };
  };
  const rows = Array.from({ length: prompts }, (_, n): JudgedRow => {
    const { kind, choice } = promptOf();
    const value = choice === LARGE ? 0 : answer(kind, SMALL).judge - answer(kind, LARGE).judge;
    const part = { judge: JUDGE, weight: 1 };
    const parts: JudgedRow['parts'] =
      choice === LARGE
        ? []
        : [
            { ...part, candidate: SMALL, when: 'chosen' },
            { ...part, candidate: LARGE, when: 'passed over', weight: -1 },
          ];
    return { value, group: `g${n}`, parts };
  });
  const choices: number[] = [];
  const answers = [SMALL, LARGE].flatMap((candidate) =>
    Array.from({ length: checked }, (_, n): CheckedAnswer => {
      const { kind, choice } = promptOf();
      const said = answer(kind, candidate);
      const isTest = n % 3 === 0;
      choices.push(isTest ? choice : -1);
      const vector = isTest ? Float32Array.of(1) : null;
      const id = `c${candidate}-${n}`;
      return { id, judge: JUDGE, candidate, group: id, error: said.people - said.judge, vector };
    }),
  );
  return { rows, answers, choices: Int32Array.from(choices) };
}

describe('a gain by the scores of a judge, corrected by what people said of some answers', () => {
  it.each([
    ['too kind to one family', KIND, { prompts: 150, checked: 25 }, 0.6],
    ['too kind to one family', KIND, { prompts: 400, checked: 100 }, 0.2],
    ['too kind to one family', KIND, { prompts: 1_500, checked: 800 }, 0.05],
    ['seldom wrong', RARE, { prompts: 400, checked: 30 }, 0.9],
  ])('of a judge that is %s covers what people would say at least 93 times in 100', (_, judge, sizes, naiveAtMost) => {
    const RUNS = 300;
    let [covered, naive] = [0, 0];
    for (let seed = 0; seed < RUNS; seed += 1) {
      const { rows, answers, choices } = draw(seed, judge, sizes);
      const found = new JudgeError(answers, choices).mean(rows, [-1, 1]);
      if (!('ci95' in found)) throw new Error('too few answers');
      if (found.ci95[0] <= TRUTH && TRUTH <= found.ci95[1]) covered += 1;
      const asIs = boundedInterval(rows.map(({ value }) => value), rows.map(({ group }) => group), [-1, 1]); // prettier-ignore
      if (asIs && asIs[0] <= TRUTH && TRUTH <= asIs[1]) naive += 1;
    }
    expect(covered / RUNS).toBeGreaterThanOrEqual(0.93);
    expect(naive / RUNS).toBeLessThan(naiveAtMost); // what is told without the correction
  });

  it('is the wider the fewer answers people scored', () => {
    const widthOf = (checked: number) => {
      const widths = Array.from({ length: 40 }, (_, seed) => {
        const { rows, answers } = draw(seed, KIND, { prompts: 400, checked });
        const found = new JudgeError(answers, null).mean(rows, [-1, 1]);
        const alone = boundedInterval(rows.map(({ value }) => value), rows.map(({ group }) => group), [-1, 1]); // prettier-ignore
        return 'ci95' in found && alone ? (found.ci95[1] - found.ci95[0]) / (alone[1] - alone[0]) : NaN;
      });
      return widths.reduce((sum, width) => sum + width, 0) / widths.length;
    };
    const [few, some, many] = [widthOf(25), widthOf(100), widthOf(400)];
    expect(few).toBeGreaterThan(2);
    expect(some).toBeLessThan(1.7);
    expect(many).toBeLessThan(1.25);
    expect(many).toBeGreaterThan(1);
  });

  it('is none with too few answers of a candidate, which it names', () => {
    const { rows, answers } = draw(1, KIND, { prompts: 100, checked: 25 });
    const few = answers.filter(({ candidate, group }) => candidate === SMALL || Number(group.slice(3)) < 19);
    expect(new JudgeError(few, null).mean(rows, [-1, 1])).toEqual({ judge: JUDGE, candidate: LARGE, answers: 19 });
  });
});
