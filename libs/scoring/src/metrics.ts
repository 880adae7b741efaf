import { l as rougeL } from 'js-rouge';
import { boxedAnswer, normaliseMath } from './math-answer.js';
import { normaliseAnswer, phrasesIn, WITHOUT_SPACES } from './normalise.js';
import { endsInFraction, finalNumber } from './numbers.js';

/**
 * Scores an answer against the ground truth: 0..1, or null when the ground truth does not allow it. An answer from which nothing
 * can be read (no number, no letter, empty) is a wrong answer, 0: the model was asked for one and the label depends on it alone.
 */
export type Metric = (prediction: string, groundTruth: string) => number | null;

export const METRIC_NAMES = ['exact_match', 'contains', 'f1', 'multiple_choice', 'numeric', 'math', 'rouge_l'] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/** Part of every metric's label; raised when a metric's rule changes. */
export const METRICS_VERSION = '1';

/** Every metric by name. The rules, and where they leave those they come from, are in `docs/metrics.md`. */
export const METRICS: Readonly<Record<MetricName, Metric>> = {
  exact_match: (prediction, groundTruth) => {
    if (isBlank(groundTruth)) return null;
    return normaliseAnswer(prediction) === normaliseAnswer(groundTruth) ? 1 : 0;
  },

  contains: (prediction, groundTruth) => {
    if (isBlank(groundTruth)) return null;
    return phrasesIn(normaliseAnswer(prediction))(normaliseAnswer(groundTruth)) ? 1 : 0;
  },

  f1: (prediction, groundTruth) => {
    if (isBlank(groundTruth)) return null;
    const wanted = normaliseAnswer(groundTruth);
    const given = normaliseAnswer(prediction);
    if (wanted !== given && (CLOSED_ANSWERS.has(wanted) || CLOSED_ANSWERS.has(given))) return 0;
    return tokenF1(given.split(' ').filter(Boolean), wanted.split(' '));
  },

  multiple_choice: (prediction, groundTruth) => {
    const wanted = GIVEN_LETTER.exec(groundTruth.trim())?.[1]?.toUpperCase();
    if (wanted === undefined) return null;
    return chosenLetter(prediction) === wanted ? 1 : 0;
  },

  numeric: (prediction, groundTruth) => {
    if (endsInFraction(groundTruth)) return null;
    const wanted = finalNumber(groundTruth);
    if (wanted === null) return null;
    return finalNumber(prediction) === wanted ? 1 : 0;
  },

  math: (prediction, groundTruth) => {
    const wanted = normaliseMath(boxedAnswer(groundTruth) ?? groundTruth);
    if (wanted === '') return null;
    return normaliseMath(boxedAnswer(prediction) ?? prediction) === wanted ? 1 : 0;
  },

  rouge_l: (prediction, groundTruth) => {
    const [given, wanted] = [wordsOf(prediction).length, wordsOf(groundTruth).length];
    if (wanted === 0 || given * wanted > MAX_WORD_PAIRS) return null;
    // One sentence, as of rougeL in the package of the method's reference scores; without it, union over sentences is taken.
    return given === 0 ? 0 : rougeL(prediction, groundTruth, { tokenizer: wordsOf, segmenter: (text) => [text] });
  },
};

/** Whether a metric of this exact name exists; a name that is not known is refused by callers, never taken for another. */
export function isMetricName(name: string): name is MetricName {
  return METRIC_NAMES.some((known) => known === name);
}

/** Two texts of 5,000 words, which take about a third of a second. */
const MAX_WORD_PAIRS = 25_000_000;
const WORD = new RegExp(`${WITHOUT_SPACES.source}|(?:(?!${WITHOUT_SPACES.source})[\\p{L}\\p{M}\\p{N}])+`, 'gu');
const CLOSED_ANSWERS: ReadonlySet<string> = new Set(['yes', 'no', 'noanswer']);

const GIVEN_LETTER = /^\(?([a-z])\)?[.:]?$/iu;
// Gaps are bounded: a model stuck in a loop may answer with a hundred thousand blanks, and matching must stay linear.
const DECLARED_LETTER =
  /(?:[Aa]nswer|ANSWER|[Oo]ption|[Cc]hoice)\s{0,9}(?:is|would be)?[\s:*"']{0,9}(?:option\s{1,9})?(?:\(([A-Za-z])\)|([B-HJ-Z])(?![\w'])|([AI])(?![\w'])(?!\s{1,9}(?!because|since)[a-z]))/gu;
const BOXED_LETTER = /\\boxed\{\s{0,9}(?:\\text\{)?\s{0,9}\(?([a-z])\)?\s{0,9}\}/giu;
const BRACKETED_LETTER = /\(([a-z])\)/giu;
const LETTER_ALONE = /^[ \t*"'(]{0,9}([A-Z])[ \t\r).:*"']{0,9}$/gmu;
const LEADING_LETTER = /^[\s*"'(]{0,9}([A-Z])[).:,*"']/gu;
const LOWER_CASE_REPLY = /^\s{0,9}([a-z])[.)]?\s{0,9}$/gu;
const LETTER_PATTERNS = [
  DECLARED_LETTER,
  BOXED_LETTER,
  BRACKETED_LETTER,
  LETTER_ALONE,
  LEADING_LETTER,
  LOWER_CASE_REPLY,
];

/** The option that an answer settles on, by the first pattern that it has: of each pattern the last place counts. */
function chosenLetter(prediction: string): string | null {
  for (const pattern of LETTER_PATTERNS) {
    const letter = [...prediction.matchAll(pattern)]
      .at(-1)
      ?.slice(1)
      .find((group) => group !== undefined);
    if (letter !== undefined) return letter.toUpperCase();
  }
  return null;
}

function wordsOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
}

function tokenF1(given: readonly string[], wanted: readonly string[]): number {
  const left = new Map<string, number>();
  for (const token of wanted) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of given) {
    const count = left.get(token) ?? 0;
    if (count > 0) common++;
    left.set(token, count - 1);
  }
  return common === 0 ? 0 : (2 * common) / (given.length + wanted.length);
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
