import { hashOf } from './draw.js';

export const SCENARIOS = ['default', 'no-signal'] as const;
export type Scenario = (typeof SCENARIOS)[number];

type Skills = Readonly<Record<string, number>>;
const row = (large: number, small: number, mini: number, poet: number, coder: number): Skills => ({
  'atlas-large': large,
  'atlas-small': small,
  'swift-mini': mini,
  'poet-medium': poet,
  'coder-medium': coder,
});

/** Probability of a right answer by family. One generalist is good everywhere, specialists are better at their own. */
const SKILLS: Readonly<Record<string, Skills>> = {
  arithmetic: row(0.8, 0.58, 0.34, 0.42, 0.93),
  unit_conversion: row(0.83, 0.76, 0.6, 0.5, 0.91),
  date_arithmetic: row(0.88, 0.52, 0.3, 0.38, 0.68),
  field_extraction: row(0.92, 0.9, 0.95, 0.8, 0.88),
  sorting: row(0.72, 0.6, 0.44, 0.48, 0.95),
  spelling: row(0.54, 0.42, 0.86, 0.5, 0.6),
  translation: row(0.79, 0.66, 0.5, 0.95, 0.4),
  facts: row(0.88, 0.76, 0.6, 0.92, 0.56),
  multiple_choice: row(0.86, 0.72, 0.5, 0.66, 0.7),
  logic: row(0.9, 0.6, 0.36, 0.44, 0.74),
  json_formatting: row(0.78, 0.72, 0.92, 0.54, 0.93),
  code_output: row(0.73, 0.48, 0.3, 0.24, 0.92),
  sentiment: row(0.83, 0.86, 0.93, 0.92, 0.62),
  rewriting: row(0.72, 0.54, 0.38, 0.93, 0.44),
};

/**
 * One constant per candidate. The best is the second cheapest and far better than the cheapest, so that no mixture of
 * candidates keeps its quality at lower cost: whatever a router changes costs quality, money or both.
 */
const CONSTANTS: Skills = row(0.73, 0.8, 0.52, 0.67, 0.6);

/** How much harder or easier a prompt is than its family, for candidates without much to spare. */
const SPREAD = 0.16;

/** Share of the failures that are half right, where a family has degrees. */
const HALF_SHARE = 0.4;

export interface Chances {
  right: number;
  half: number;
}

/** The hidden truth: what a candidate's chances are on a prompt. Read by the answering server and by tests only. */
export function chancesOf(
  seed: number,
  scenario: Scenario,
  candidate: string,
  prompt: string,
  family: string,
  degrees: boolean,
): Chances {
  if (scenario === 'no-signal') return { right: CONSTANTS[candidate] ?? 0, half: 0 };
  const skill = SKILLS[family]?.[candidate] ?? 0;
  const hardness = Number.parseInt(hashOf(seed, 'hardness', prompt).slice(0, 8), 16) / 2 ** 32 - 0.5;
  const right = skill - SPREAD * hardness * 4 * skill * (1 - skill);
  return { right, half: degrees ? (1 - right) * HALF_SHARE : 0 };
}
