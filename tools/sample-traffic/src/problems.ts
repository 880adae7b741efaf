import type { Draw } from './draw.js';
import { fill, landmarkOf, patternOf, Slots, type Family, type Solution } from './families/family.js';
import { facts, logic, multipleChoice } from './families/knowledge.js';
import { arithmetic, dateArithmetic, unitConversion } from './families/numbers.js';
import { rewriting, sentiment } from './families/prose.js';
import { codeOutput, fieldExtraction, jsonFormatting } from './families/records.js';
import { sorting, spelling, translation } from './families/words.js';

/** Families with their share of the traffic, as weights. */
const FAMILY_WEIGHTS: readonly (readonly [Family, number])[] = [
  [arithmetic, 9],
  [unitConversion, 6],
  [dateArithmetic, 7],
  [fieldExtraction, 8],
  [sorting, 7],
  [spelling, 6],
  [translation, 8],
  [facts, 7],
  [multipleChoice, 6],
  [logic, 7],
  [jsonFormatting, 7],
  [codeOutput, 8],
  [sentiment, 7],
  [rewriting, 7],
];
export const FAMILIES: readonly Family[] = FAMILY_WEIGHTS.map(([family]) => family);
const WEIGHT_BY_NAME = Object.fromEntries(FAMILY_WEIGHTS.map(([family, weight]) => [family.name, weight]));

const PATTERNS = FAMILIES.flatMap((family) =>
  family.forms.map((form) => ({ family, form, pattern: patternOf(form), landmark: landmarkOf(form) })),
);

export interface Problem {
  family: string;
  solution: Solution;
  /** Where the question lies in the text that it was found in. */
  from: number;
  to: number;
}

/** Every known question in a text, in order. What stands around a question does not matter. */
export function problemsIn(text: string): Problem[] {
  return PATTERNS.filter(({ landmark }) => text.includes(landmark))
    .flatMap(({ family, form, pattern }) =>
      [...text.matchAll(pattern)].map((match) => ({
        family: family.name,
        solution: form.solve(new Slots(match.groups ?? {})),
        from: match.index,
        to: match.index + match[0].length,
      })),
    )
    .sort((a, b) => a.from - b.from);
}

/** The question a prompt asks: the last one, as a follow-up may quote the one before. Null for a prompt not of ours. */
export function problemOf(prompt: string): Problem | null {
  return problemsIn(prompt).at(-1) ?? null;
}

/** A new question of a family, or of one drawn by the traffic's weights. */
export function compose(draw: Draw, family = draw.weighted(WEIGHT_BY_NAME)): string {
  const found = FAMILIES.find((each) => each.name === family);
  if (found === undefined) throw new RangeError(`no family ${family}`);
  return fill(draw.pick(found.forms), draw);
}

const folded = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '').toLowerCase();
const WORD_LIMIT = 40;

/** Score of an answer, 0 to 1. Only tasks with degrees give anything between. */
export function grade(solution: Solution, answer: string): number {
  switch (solution.comparison) {
    case 'text':
      return folded(answer) === folded(solution.answer) ? 1 : 0;
    case 'number':
      return Number(answer.match(/-?\d+(?:\.\d+)?/g)?.at(-1) ?? Number.NaN) === Number(solution.answer) ? 1 : 0;
    case 'choice':
      return answer.match(/\([A-D]\)/g)?.at(-1) === solution.answer ? 1 : 0;
    case 'keywords': {
      const words: string[] = folded(answer).match(/[a-z]+/g) ?? [];
      const required = solution.keywords ?? [];
      if (words.length > WORD_LIMIT) return 0;
      return required.filter((word) => words.includes(word)).length / required.length;
    }
  }
}
