import { Draw } from './draw.js';
import { grade, problemsIn } from './problems.js';

export const JUDGE_MODEL = 'sample-judge';

/** How often the judge is off by a level or two, abstains, or answers something that is no verdict. */
const JUDGE_SLIPS = 0.06;
const JUDGE_ABSTENTIONS = 0.01;
const JUDGE_GARBAGE = 0.003;
const TWO_LEVEL_SHARE = 0.3;

/** Stretches of material between two lines that carry the same words and the same mark, such as `BEGIN ANSWER 1f3a`. */
const ENCLOSED = /^BEGIN (\w+) (\S+)\n([\s\S]*?)\nEND \1 \2$/gm;

export interface JudgeAsked {
  text: string;
  /** The best level of the rubric, as the schema of the reply names them; levels count from 0. */
  bestLevel: number;
  seed: string;
}

/**
 * A scripted judge. It knows only the text it is sent: it looks for the question there, solves it, and compares. Its
 * slips are drawn from that text, so the same request gets the same verdict.
 *
 * @returns the reply, or null when the text holds no question it can solve
 */
export function verdictOn({ text, bestLevel, seed }: JudgeAsked): string | null {
  const enclosed = [...text.matchAll(ENCLOSED)].map(([, , , material = '']) => material);
  const question = enclosed.map((material) => problemsIn(material).at(-1)).find((problem) => problem !== undefined);
  const answer = enclosed.at(-1);
  if (question === undefined || answer === undefined || enclosed.length < 2) return null;
  const draw = new Draw(seed, 'judge', text);
  const luck = draw.unit();
  if (luck < JUDGE_GARBAGE) return 'I would say this answer deserves a good mark';
  if (luck < JUDGE_GARBAGE + JUDGE_ABSTENTIONS) {
    return JSON.stringify({ rationale: 'I cannot tell (sample judge).', abstain: true, level: null });
  }
  const right = Math.round(grade(question.solution, answer) * bestLevel);
  const slip = draw.chance(JUDGE_SLIPS) ? (draw.chance(TWO_LEVEL_SHARE) ? 2 : 1) : 0;
  const level = Math.abs(right + (right === 0 ? slip : right === bestLevel || draw.chance(0.5) ? -slip : slip));
  return JSON.stringify({
    rationale: `Expected ${question.solution.answer.slice(0, 80)} (sample judge, scripted).`,
    abstain: false,
    level: Math.min(level, bestLevel),
  });
}

/** Mean score that the judge gives to an answer of this score, abstentions and garbage left out, on a rubric of five levels. */
export function judgedMean(score: number): number {
  const step = ((1 - TWO_LEVEL_SHARE) * 1 + TWO_LEVEL_SHARE * 2) / 4;
  const towards = score === 1 ? -1 : score === 0 ? 1 : 0;
  return score + towards * JUDGE_SLIPS * step;
}
