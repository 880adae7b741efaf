import type { Draw } from '../draw.js';

/**
 * How an answer is compared: `number` (last number of the text), `choice` (the letter in parentheses), `keywords`
 * (share of the required words that occur, within the limit of words), `text` (equal but for case and spaces).
 */
type Comparison = 'text' | 'number' | 'choice' | 'keywords';

export interface Solution {
  answer: string;
  comparison: Comparison;
  /** Plausible answers that earn nothing. */
  wrong: readonly string[];
  /** An answer that earns half, where the task has degrees. */
  half?: string;
  keywords?: readonly string[];
}

/** Values of a prompt's slots, read by name; a name that the template lacks is a fault of the template. */
export class Slots {
  constructor(private readonly values: Readonly<Record<string, string>>) {}

  text(name: string): string {
    const value = this.values[name];
    if (value === undefined) throw new RangeError(`no slot ${name}`);
    return value;
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}

/**
 * One way to pose a task. The same template writes the prompt and reads it back, so whoever sees only the text (a
 * candidate, the judge) can solve it: what is asked is in the words, never beside them.
 */
export interface Form {
  /** Slots in braces; a slot used twice must hold the same value twice. */
  template: string;
  /** Patterns of slots that are not a single word or number. */
  patterns?: Readonly<Record<string, string>>;
  draw(draw: Draw): Record<string, string | number>;
  solve(slots: Slots): Solution;
}

export interface Family {
  name: string;
  forms: readonly Form[];
}

const NUMBER = '-?\\d+(?:\\.\\d+)?';
const ONE_WORD = "[A-Za-z][A-Za-z'-]*";

export function fill(form: Form, draw: Draw): string {
  const values = form.draw(draw);
  return form.template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`no value for slot ${name}`);
    return String(value);
  });
}

/** The template as a pattern with one named group per slot. Runs of white space match any white space. */
export function patternOf(form: Form): RegExp {
  const seen = new Set<string>();
  const source = form.template
    .split(/\{(\w+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s+/g, '\\s+');
      if (seen.has(part)) return `\\k<${part}>`;
      seen.add(part);
      return `(?<${part}>${form.patterns?.[part] ?? `${NUMBER}|${ONE_WORD}`})`;
    })
    .join('');
  return new RegExp(source, 'g');
}

/** The longest stretch of words that every prompt of the form holds: looking for it first spares most of the matching. */
export function landmarkOf(form: Form): string {
  return form.template
    .split(/\{\w+\}|\n/)
    .map((part) => part.trim())
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** Wrong numbers near the right one, as slips in arithmetic give them. */
function slips(right: number, ...others: readonly number[]): string[] {
  const candidates = [...others, right + 1, right - 1, right + 10, right * 2, right - 7].filter(
    (n) => n !== right && n >= 0,
  );
  return [...new Set(candidates)].map(String);
}

export const numeric = (right: number, ...others: readonly number[]): Solution => ({
  answer: String(right),
  comparison: 'number',
  wrong: slips(right, ...others),
});

/** A text answer; wrong ones that happen to equal it are left out. */
export const textual = (answer: string, wrong: readonly string[]): Solution => ({
  answer,
  comparison: 'text',
  wrong: [...new Set(wrong)].filter((text) => text.toLowerCase() !== answer.toLowerCase()),
});
