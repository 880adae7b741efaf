import { z } from 'zod';
import { hasWords, normaliseAnswer, phrasesIn } from './normalise.js';

/** What an answer is known of: a prompt's text, a call, the last answer of a trace, or every prompt that holds a text. */
export type TruthOf = 'query' | 'call' | 'trace' | 'rule';

export interface KnownTruth {
  of: TruthOf;
  /** The text or id as it is compared: an id in lower case, the text of a rule normalised. */
  name: string;
  answer: string;
}

/** What is wrong with a row, by its place from 0. */
export interface TruthFault {
  index: number;
  hint: string;
}

/** Every prompt is compared with every rule: a thousand on a thousand prompts of 1,000 characters take about a second. */
export const MAX_RULES = 1_000;
export const RULE_LENGTH = 500;

const ROW = 'expected {query | callId | traceId | contains, answer}: exactly one of the four, and an answer';
const row = z
  .strictObject({
    query: z.string().optional(),
    callId: z.uuid('expected a uuid in callId').optional(),
    traceId: z.string().min(1).optional(),
    contains: z.string().max(RULE_LENGTH, `contains: at most ${RULE_LENGTH} characters`).optional(),
    answer: z.string(),
  })
  .refine(
    ({ query, callId, traceId, contains }) =>
      [query, callId, traceId, contains].filter((key) => key !== undefined).length === 1,
  );

/**
 * Reads known answers as a labeler is made with. Two rows of the same with one answer are one; the text of a rule needs a word besides
 * articles, and may hold no personal data: it is stored as it is, and ingest takes such data out of prompts.
 *
 * @param isPersonal whether a text holds what ingest takes out
 * @returns every row, in their order, or what is wrong with each bad one; never a part of them
 */
export function parseGroundTruth(
  rows: readonly unknown[],
  isPersonal: (text: string) => boolean,
): { ok: true; truths: KnownTruth[] } | { ok: false; faults: TruthFault[] } {
  const truths: KnownTruth[] = [];
  const faults: TruthFault[] = [];
  const answers = new Map<string, string>();
  let rules = 0;
  for (const [index, each] of rows.entries()) {
    const refuse = (hint: string) => faults.push({ index, hint });
    const parsed = row.safeParse(each);
    if (!parsed.success) {
      const own = parsed.error.issues.find(({ path }) => path[0] === 'callId' || path[0] === 'contains');
      refuse(own?.message ?? ROW);
      continue;
    }
    const { contains } = parsed.data;
    if (contains !== undefined && !hasWords(contains)) refuse('contains: expected a word besides a, an and the');
    else if (contains !== undefined && isPersonal(contains))
      refuse(
        'contains: holds what looks like personal data, which ingest takes out of prompts; give the words beside it',
      );
    const truth = truthOf(parsed.data);
    const key = JSON.stringify([truth.of, truth.name]);
    const before = answers.get(key);
    if (before !== undefined && before !== truth.answer) refuse('another row gives another answer to the same');
    if (truth.of === 'rule' && before === undefined && ++rules === MAX_RULES + 1)
      refuse(`more than ${MAX_RULES} rows with contains; name prompts by query, callId or traceId`);
    answers.set(key, truth.answer);
    truths.push(truth);
  }
  return faults.length === 0 ? { ok: true, truths } : { ok: false, faults };
}

function truthOf({ query, callId, traceId, contains, answer }: z.infer<typeof row>): KnownTruth {
  if (query !== undefined) return { of: 'query', name: query, answer };
  if (callId !== undefined) return { of: 'call', name: callId.toLowerCase(), answer };
  if (traceId !== undefined) return { of: 'trace', name: traceId.toLowerCase(), answer };
  return { of: 'rule', name: normaliseAnswer(contains ?? ''), answer };
}

/** The answer that rules give to a prompt. */
export type RuleAnswer = { found: 'one'; answer: string } | { found: 'none' } | { found: 'several' };

/**
 * Looks for rules in prompts: a rule applies where its text stands in the prompt as whole words, both normalised as for the metric
 * `contains`. Rules that apply with different answers give none.
 *
 * @param rules with their text normalised
 */
export function ruleAnswerTo(prompt: string, rules: readonly { text: string; answer: string }[]): RuleAnswer {
  if (rules.length === 0) return { found: 'none' };
  const stands = phrasesIn(normaliseAnswer(prompt));
  let answer: string | null = null;
  for (const rule of rules) {
    if (rule.answer === answer || !stands(rule.text)) continue;
    if (answer !== null) return { found: 'several' };
    ({ answer } = rule);
  }
  return answer === null ? { found: 'none' } : { found: 'one', answer };
}
