import { expectationOf, type Expectation } from './answers.js';
import { CANDIDATES, candidateNamed } from './candidates.js';
import { judgedMean } from './judge.js';
import { grade, problemOf } from './problems.js';
import { chancesOf, type Scenario } from './skills.js';

export interface Truth {
  candidates: readonly string[];
  /** Expected score (0..1), USD and seconds of a candidate's answer to a prompt; null for a prompt or candidate not of the sample. */
  expected(candidate: string, prompt: string): Expectation | null;
  /** Expected score that the scripted judge gives, its slips included and its abstentions left out. */
  expectedJudged(candidate: string, prompt: string): number | null;
  /** Exact score of an answer to a prompt. */
  score(prompt: string, answer: string): number | null;
  family(prompt: string): string | null;
}

/** What the generator knows and nothing else may read: for tests that compare a report with the truth. */
export function truthOf(seed: number, scenario: Scenario): Truth {
  const expected = (name: string, prompt: string): Expectation | null => {
    const candidate = candidateNamed(name);
    return candidate === null ? null : expectationOf(seed, scenario, candidate, [{ role: 'user', content: prompt }]);
  };
  return {
    candidates: CANDIDATES.map(({ name }) => name),
    expected,
    expectedJudged: (name, prompt) => {
      const candidate = candidateNamed(name);
      const problem = problemOf(prompt);
      if (candidate === null || problem === null) return null;
      const { right, half } = chancesOf(
        seed,
        scenario,
        candidate.name,
        prompt,
        problem.family,
        problem.solution.half !== undefined,
      );
      return right * judgedMean(1) + half * judgedMean(0.5) + (1 - right - half) * judgedMean(0);
    },
    score: (prompt, answer) => {
      const problem = problemOf(prompt);
      return problem === null ? null : grade(problem.solution, answer);
    },
    family: (prompt) => problemOf(prompt)?.family ?? null,
  };
}
