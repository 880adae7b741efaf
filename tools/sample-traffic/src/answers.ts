import type { SampleCandidate } from './candidates.js';
import { Draw } from './draw.js';
import { grade, problemOf, type Problem } from './problems.js';
import { chancesOf, type Scenario } from './skills.js';

export interface Turn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface SampleAnswer {
  text: string;
  score: number;
  inputTokens: number;
  /** Includes the reasoning tokens. */
  outputTokens: number;
  reasoningTokens: number;
  costUsd: number;
  seconds: number;
  firstTokenSeconds: number;
}

/** Families that make a model think longer than others, as factors. */
const EFFORT: Readonly<Record<string, number>> = {
  arithmetic: 1.6,
  date_arithmetic: 1.8,
  sorting: 1.2,
  logic: 1.9,
  code_output: 1.7,
  spelling: 1.1,
  field_extraction: 0.3,
  facts: 0.4,
  sentiment: 0.4,
};

/** About four characters to a token, and a few tokens of markup to a message. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4);
export const inputTokensOf = (turns: readonly Turn[]): number =>
  turns.reduce((sum, turn) => sum + tokensIn(turn.content) + 4, 3);

const costOf = (candidate: SampleCandidate, inputTokens: number, outputTokens: number): number =>
  Number(((inputTokens * candidate.inputPrice + outputTokens * candidate.outputPrice) / 1e6).toFixed(9));

export interface Expectation {
  /** Expected score: chance of a right answer, and half of the chance of a half right one. */
  quality: number;
  costUsd: number;
  seconds: number;
}

const thinkingMean = (candidate: SampleCandidate, family: string): number =>
  candidate.thinkingTokens * (EFFORT[family] ?? 0.8);

const chances = (seed: number, scenario: Scenario, candidate: SampleCandidate, prompt: string, problem: Problem) =>
  chancesOf(seed, scenario, candidate.name, prompt, problem.family, problem.solution.half !== undefined);

/** What {@link answerTo} gives on average for a prompt that stands alone; null for a prompt not of ours. */
export function expectationOf(
  seed: number,
  scenario: Scenario,
  candidate: SampleCandidate,
  turns: readonly Turn[],
): Expectation | null {
  const prompt = turns.at(-1)?.content ?? '';
  const problem = problemOf(prompt);
  if (problem === null) return null;
  const { right, half } = chances(seed, scenario, candidate, prompt, problem);
  const { answer, wrong, half: halfRight } = problem.solution;
  const wrongTokens = wrong.reduce((sum, text) => sum + tokensIn(text), 0) / wrong.length;
  const outputTokens =
    thinkingMean(candidate, problem.family) +
    right * tokensIn(answer) +
    half * tokensIn(halfRight ?? '') +
    (1 - right - half) * wrongTokens;
  return {
    quality: right + half * grade(problem.solution, halfRight ?? ''),
    costUsd: costOf(candidate, inputTokensOf(turns), outputTokens),
    seconds: candidate.firstTokenSeconds + outputTokens / candidate.tokensPerSecond,
  };
}

/**
 * A candidate's answer to the last message. `attempt` tells repetitions apart: the same attempt of the same question is
 * answered alike, another one is drawn anew. Null for a prompt that is in none of the families.
 */
export function answerTo(
  seed: number,
  scenario: Scenario,
  candidate: SampleCandidate,
  turns: readonly Turn[],
  attempt: string,
): SampleAnswer | null {
  const prompt = turns.at(-1)?.content ?? '';
  const problem = problemOf(prompt);
  if (problem === null) return null;
  const { right, half } = chances(seed, scenario, candidate, prompt, problem);
  const draw = new Draw(seed, 'answer', candidate.name, prompt, attempt);
  const luck = draw.unit();
  const { solution } = problem;
  const wrong = draw.pick(solution.wrong);
  const text = luck < right ? solution.answer : luck < right + half ? (solution.half ?? wrong) : wrong;
  // Uniform around the mean: the expected cost and time stay exactly computable.
  const reasoningTokens = Math.round(thinkingMean(candidate, problem.family) * (0.5 + draw.unit()));
  const outputTokens = reasoningTokens + tokensIn(text);
  const inputTokens = inputTokensOf(turns);
  const pace = 0.75 + draw.unit() / 2;
  const firstTokenSeconds = Number((candidate.firstTokenSeconds * pace).toFixed(3));
  return {
    text,
    score: grade(solution, text),
    inputTokens,
    outputTokens,
    reasoningTokens,
    costUsd: costOf(candidate, inputTokens, outputTokens),
    seconds: Number((firstTokenSeconds + (outputTokens / candidate.tokensPerSecond) * pace).toFixed(3)),
    firstTokenSeconds,
  };
}
