import { METRICS, isMetricName } from '@signalbox/scoring';
import { describe, expect, it } from '@jest/globals';
import { Draw } from './draw.js';
import { FAMILIES, compose, grade, problemOf, problemsIn } from './problems.js';
import { sideFilesOf } from './side-files.js';
import { generateTraffic } from './traffic.js';

const PROMPTS = FAMILIES.flatMap(({ name }) =>
  Array.from({ length: 120 }, (_, index) => ({ family: name, prompt: compose(new Draw('spec', name, index), name) })),
);

describe('problems', () => {
  it('there are at least twelve families, and a prompt belongs to exactly the one that composed it', () => {
    expect(FAMILIES.length).toBeGreaterThanOrEqual(12);
    const strays = PROMPTS.filter(
      ({ family, prompt }) =>
        problemsIn(prompt)
          .map((problem) => problem.family)
          .join() !== family,
    );
    expect(strays).toEqual([]);
  });

  it('every right answer earns 1, every wrong one 0, every half right one a half', () => {
    for (const { prompt } of PROMPTS) {
      const solution = problemOf(prompt)?.solution;
      if (solution === undefined) throw new Error(prompt);
      expect(grade(solution, solution.answer)).toBe(1);
      expect(solution.wrong.length).toBeGreaterThan(0);
      expect(solution.wrong.map((wrong) => grade(solution, wrong))).toEqual(solution.wrong.map(() => 0));
      if (solution.half !== undefined) expect(grade(solution, solution.half)).toBe(0.5);
    }
  });

  it('a question is found and solved in whatever stands around it', () => {
    for (const { prompt } of PROMPTS) {
      const around = problemOf(`Some words before.\n\n${prompt}\n\nAnd an answer: 42.`);
      expect(around?.solution).toEqual(problemOf(prompt)?.solution);
    }
  });

  it('answers known by reading: one of each family', () => {
    const answer = (prompt: string) => problemOf(prompt)?.solution.answer;
    expect(
      answer(
        'Marta runs a stall in Fes and buys 11 boxes of notebooks, each holding 22. On Saturday 29 of them are sold, and 8 go to Yara as a present. How many notebooks does Marta still have? Reply with the number only.',
      ),
    ).toBe('205');
    expect(
      answer(
        'Bela signed the loan in York on 2023-09-21 and has 64 days to withdraw, counting from the day after signing. On which calendar date does the period end? Give the date as YYYY-MM-DD and nothing else.',
      ),
    ).toBe('2023-11-24');
    expect(
      answer(
        'The visa of Julia and Hana from Porto was dated 2023-06-30. Which day of the week was that date, in the Gregorian calendar? Answer with the English name of the weekday only.',
      ),
    ).toBe('Friday');
    expect(
      answer(
        'Logic puzzle. Five people meet at the cinema in Nantes. Paula is older than Viktor. Viktor is older than Zoe. Ada is older than Paula. Zoe is older than Omar. Reason it through: who of them is the oldest? Reply with the first name only.',
      ),
    ).toBe('Ada');
    expect(
      answer(
        'What does this Python program print? Chidi may not run it.\nforest = 0\nfor pencil in range(4, 35):\n    if pencil % 3 == 0:\n        forest += pencil * 4\nprint(forest)\nGive the printed number only.',
      ),
    ).toBe('780');
  });

  it('a prompt of someone else is nobody’s problem', () => {
    expect(problemOf('What is the meaning of life? Please answer in French.')).toBeNull();
    expect(problemOf('')).toBeNull();
  });

  it('the metrics of the scoring library agree with the graders wherever a ground truth is given', () => {
    const { groundTruth } = sideFilesOf(generateTraffic({ seed: 3, scenario: 'default', calls: 1500 }));
    expect(groundTruth.length).toBeGreaterThan(300);
    for (const { query, answer, metric } of groundTruth) {
      if (!isMetricName(metric)) throw new Error(`no metric ${metric}`);
      const solution = problemOf(query)?.solution;
      if (solution === undefined) throw new Error(query);
      expect(METRICS[metric](solution.answer, answer)).toBe(1);
      for (const wrong of solution.wrong)
        expect([query, wrong, METRICS[metric](wrong, answer)]).toEqual([query, wrong, 0]);
    }
  });
});
