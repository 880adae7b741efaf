import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMetricName, METRIC_NAMES, METRICS } from './metrics.js';

type Case = [prediction: string, groundTruth: string, score: number | null];

describe('exact_match', () => {
  it.each<Case>([
    ['The Eiffel Tower.', 'eiffel tower', 1],
    ['Eiffel tower in Paris', 'eiffel tower', 0],
    ['“Paris”', 'paris', 1],
    ['1.5', '15', 0],
    ['-3', '3', 0],
    ['.5', '5', 0],
    ['1,000', '1000', 1],
    ['A', 'a', 1],
    ['B', 'a', 0],
    ['C++', 'C#', 0],
    ['año', 'ño', 0],
    ['', 'something', 0],
    ['anything', '', null],
    ['anything', ' \n', null],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.exact_match(prediction, groundTruth)).toBe(score);
  });
});

describe('contains', () => {
  it.each<Case>([
    ['It was a Centaur, of course.', 'the centaur', 1],
    ['I went to a party', 'art', 0],
    ['It costs 100 euros', '10', 0],
    ['答案是巴黎。', '巴黎', 1],
    ['whatever', '', null],
    ['whatever', 'the', 0],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.contains(prediction, groundTruth)).toBe(score);
  });
});

describe('f1', () => {
  it.each<Case>([
    ['the red fox', 'red fox', 1],
    ['red fox runs away', 'red fox', 2 / 3],
    ['red red red', 'red fox', 2 / 5],
    ['blue', 'red', 0],
    ['yes', 'no', 0],
    ['yes it is', 'yes', 0],
    ['', 'red', 0],
    ['red', '', null],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    const result = METRICS.f1(prediction, groundTruth);
    if (score === null) expect(result).toBeNull();
    else expect(result).toBeCloseTo(score, 12);
  });
});

describe('multiple_choice', () => {
  it.each<Case>([
    ['The answer is (B).', 'b', 1],
    ['(A) is wrong, so (C)', 'C', 1],
    ['The answer is B', '(B)', 1],
    ['The answer is (B) and not (C).', 'B', 1],
    ['**Answer:** D', 'D', 1],
    ['Answer: A because it is warm', 'A', 1],
    ['The answer is a matter of taste', 'A', 0],
    ['The correct option is C, as B is too small', 'C', 1],
    ['So $\\boxed{\\text{E}}$', 'E', 1],
    ['B', 'B.', 1],
    ['b', 'B', 1],
    ['B) Paris', 'B', 1],
    ['A) no\nB) no\n\nC', 'C', 1],
    ['(d)', 'a', 0],
    ['I do not know', 'A', 0],
    ['', 'A', 0],
    ['(A)', '', null],
    ['(A)', 'Paris', null],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.multiple_choice(prediction, groundTruth)).toBe(score);
  });
});

describe('numeric', () => {
  it.each<Case>([
    ['The total is 18.', 'He has 9 * 2 = <<9*2=18>>18\n#### 18', 1],
    ['$18.00', '18', 1],
    ['1.5', '15', 0],
    ['15', '1.5', 0],
    ['1,234,567', '#### 1234567', 1],
    ['1234567', '#### 1,234,567.0', 1],
    ['first 3, then 4', '4', 1],
    ['4 of the 7', '4', 0],
    ['#### 4 (checked 7 times)', '4', 0],
    ['It is \\boxed{42}, see equation 7', '42', 1],
    ['-5', '5', 0],
    ['−5', '-5', 1],
    ['10-5', '5', 1],
    ['-$5', '-5', 1],
    ['0.50', '.5', 1],
    ['5e2', '500', 1],
    ['0', '-0.0', 1],
    ['100', '10', 0],
    ['0.1', '0.10000000000000000001', 0],
    ['50%', '50', 1],
    ['I cannot tell', '5', 0],
    ['', '5', 0],
    ['5', '', null],
    ['5', 'five', null],
    ['4', '#### 3/4', null],
    ['4', '\\boxed{\\frac{3}{4}}', null],
    ['5', 'Half of it is 10/2 = 5', 1],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.numeric(prediction, groundTruth)).toBe(score);
  });

  it('finds any integer equal to itself however it is written, and to no other', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (number, zeros) => {
        const written = `so ${number.toLocaleString('en-US')}.${'0'.repeat(zeros)}.`;
        expect(METRICS.numeric(written, String(number))).toBe(1);
        expect(METRICS.numeric(written, String(number + 1))).toBe(0);
      }),
    );
  });
});

describe('math', () => {
  it.each<Case>([
    ['So it is $\\boxed{\\frac{1}{2}}$.', 'We get \\boxed{\\dfrac12}', 1],
    ['\\boxed{0.5}', '\\frac{1}{2}', 1],
    ['\\boxed{.25}', '\\frac14', 1],
    ['\\boxed{1/2}', '\\tfrac{1}{2}', 1],
    ['\\boxed{\\frac{-1}{2}}', '-\\frac{1}{2}', 1],
    ['first \\boxed{3}, no: \\boxed{4}', '4', 1],
    ['\\fbox{4}', '\\boxed{4}', 1],
    ['\\boxed{\\sqrt{2}}', '\\sqrt2', 1],
    ['\\boxed{x = 5}', '5', 1],
    ['\\boxed{5\\text{ cm}^2}', '5', 1],
    ['\\boxed{\\text{Evelyn}}', 'Evelyn', 1],
    ['\\boxed{90^\\circ}', '90', 1],
    ['\\boxed{\\$10{,}000}', '\\boxed{10000}', 1],
    ['\\boxed{10,000}', '10000', 1],
    ['\\boxed{18.00}', '18', 1],
    ['\\boxed{50\\%}', '50', 1],
    ['\\boxed{\\left( 3, \\frac{\\pi}{2} \\right)}', '(3,\\frac{\\pi}{2})', 1],
    ['\\boxed{(1,234)}', '1234', 0],
    ['\\boxed{\\frac{2}{4}}', '\\frac{1}{2}', 0],
    ['\\boxed{-5}', '5', 0],
    ['42', '42', 1],
    ['The answer is 42', '42', 0],
    ['\\boxed{42', '42', 0],
    ['', '42', 0],
    ['42', '', null],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.math(prediction, groundTruth)).toBe(score);
  });
});

describe('rouge_l', () => {
  // As RougeScorer(['rougeL']) of rouge-score 0.1.2 scores them: .score(truth, answer)['rougeL'].fmeasure
  it.each([
    ['police kill the gunman', 'police killed the gunman', 0.75],
    ['the cat sat. on the mat', 'on the mat the cat sat', 0.5],
    ['The quick, brown fox!', 'a quick brown dog and the fox', 0.5454545454545454],
    ['no overlap here', 'entirely different words', 0],
    ['the the the cat', 'the cat the', 0.5714285714285715],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.rouge_l(prediction, groundTruth)).toBeCloseTo(score, 12);
  });

  it.each<Case>([
    ['猫が座る', '猫が座る', 1],
    ['', 'a word', 0],
    ['...', 'a word', 0],
    ['a word', '?!', null],
    ['word '.repeat(6_000), 'other '.repeat(6_000), null],
  ])('%j against %j is %j', (prediction, groundTruth, score) => {
    expect(METRICS.rouge_l(prediction, groundTruth)).toBe(score);
  });
});

describe('METRICS', () => {
  it('scores any two texts between 0 and 1, or not at all, and a text against itself with 1 or not at all', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...METRIC_NAMES),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (name, left, right) => {
          const score = METRICS[name](left, right);
          expect(score === null || (score >= 0 && score <= 1)).toBe(true);
          if (name === 'exact_match' || name === 'contains' || name === 'f1')
            expect([1, null]).toContain(METRICS[name](left, left));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['\n', ' ', '0', '(', 'answer ', '\\boxed{', '1,', 'a '])(
    'reads an answer that repeats %j for ever in linear time',
    (part) => {
      const answer = part.repeat(100_000);
      const scores = METRIC_NAMES.map((name) => METRICS[name](answer, name === 'multiple_choice' ? 'Q' : '77'));
      expect(scores).toEqual([0, 0, 0, 0, 0, 0, 0]);
    },
  );

  it('knows its names exactly', () => {
    expect(isMetricName('numeric')).toBe(true);
    expect(['GSM8K', 'Numeric', 'custom', 'toString'].some(isMetricName)).toBe(false);
  });
});
