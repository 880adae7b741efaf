import { boundedMean, studentQuantile, type MeanEstimate } from './intervals.js';
import { CORRECTED_FROM } from './prediction-powered.js';

/** A logged answer that a judge and people scored. */
export interface CheckedAnswer {
  /** Of the row. */
  id: string;
  /** `name@version`. */
  judge: string;
  /** Index of the candidate that answered. */
  candidate: number;
  group: string;
  /** What people said, less what the judge said, -1..1. */
  error: number;
  /** Of the prompt, unit norm; null for one that a compared router was or may have been trained on. */
  vector: Float32Array | null;
}

/** What a policy has to do with one answer of a row: how often, net, the answer is in the value of the row. */
export interface AnswerPart {
  judge: string;
  candidate: number;
  /** `chosen` by the policy, or `passed over` by it where the other policy took it; `any` where the prompt had no say. */
  when: 'chosen' | 'passed over' | 'any';
  weight: number;
}

/** Of each row: the judge's score or a difference of two, its cluster, and the answers that it is made of. */
export interface JudgedRow {
  value: number;
  group: string;
  parts: readonly AnswerPart[];
}

export interface CheckedMean {
  mean: number;
  ci95: [number, number];
  /** Answers of people that it rests on. */
  answers: number;
}

/** Too few answers of a candidate have a score of people beside the judge's. */
export interface Unchecked {
  judge: string;
  candidate: number;
  answers: number;
}

/**
 * Tells what people would say on average where a judge scored, by the answers that both scored: the judge's mean, plus what it is off by
 * on answers of each candidate, in the share that the candidate has in the mean. This is prediction-powered inference, with the
 * candidates for strata (Angelopoulos et al., "Prediction-powered inference", 2023; Fisch et al., "Stratified prediction-powered
 * inference", 2024); the judge weighs 1, since the answers that people scored are of other prompts. The variance is that of the
 * compared rows, clustered by group, plus those of the errors, each weighted by its share; each has a pseudo-observation at both ends, as
 * in {@link boundedMean}, since a judge that is seldom wrong may not have been caught yet. Degrees of freedom are Satterthwaite's
 * (1946).
 *
 * A judge may be off by more on the prompts that a router sends to a candidate. So its error is taken from answers to prompts that
 * the router would have sent there, of those that no training saw, where there are {@link CORRECTED_FROM}; else from all answers of the
 * candidate, which holds as far as the judge errs on them alike.
 */
export class JudgeError {
  private readonly strata = new Map<string, CheckedAnswer[]>();

  /** @param choices of the policy on each of the checked answers; -1 where the prompt has no vector. Null where no prompt has a say. */
  constructor(
    checked: readonly CheckedAnswer[],
    private readonly choices: Int32Array | null,
  ) {
    for (const [k, answer] of checked.entries()) {
      const { judge, candidate } = answer;
      const add = (when: AnswerPart['when']) => {
        const key = keyOf({ judge, candidate, when });
        const stratum = this.strata.get(key);
        if (stratum) stratum.push(answer);
        else this.strata.set(key, [answer]);
      };
      add('any');
      const choice = choices?.[k] ?? -1;
      if (choice >= 0) add(choice === candidate ? 'chosen' : 'passed over');
    }
  }

  /** @param bounds of the values. @returns the first candidate of which people scored too few answers, where there is one */
  mean(rows: readonly JudgedRow[], bounds: readonly [number, number]): CheckedMean | Unchecked {
    const weights = new Map<string, { part: AnswerPart; sum: number }>();
    const resolved = rows.map(({ parts }) => parts.map((part) => ({ part, key: this.stratumOf(part) })));
    for (const { part, key } of resolved.flat()) {
      const before = weights.get(key)?.sum ?? 0;
      weights.set(key, { part, sum: before + part.weight });
    }
    const errors = new Map<string, MeanEstimate>();
    const used = new Set<CheckedAnswer>();
    let error = 0;
    for (const [key, { part, sum }] of weights) {
      const answers = this.strata.get(key) ?? [];
      if (answers.length < CORRECTED_FROM)
        return { judge: part.judge, candidate: part.candidate, answers: answers.length };
      errors.set(key, errorOf(answers));
      error += sum * meanError(answers);
      for (const answer of answers) used.add(answer);
    }
    const values = rows.map(
      ({ value }, i) =>
        value + (resolved[i] ?? []).reduce((sum, { part, key }) => sum + part.weight * (errors.get(key)?.mean ?? 0), 0),
    );
    const compared = boundedMean(values, rows.map(({ group }) => group), bounds); // prettier-ignore
    const half = halfWidth([
      { standardError: compared.standardError, clusters: compared.clusters },
      ...[...weights].map(([key, { sum }]) => ({
        standardError: (sum / rows.length) * (errors.get(key)?.standardError ?? NaN),
        clusters: errors.get(key)?.clusters ?? NaN,
      })),
    ]);
    const [low, high] = bounds;
    const within = (value: number) => Math.min(Math.max(value, low), high);
    const mean = (rows.reduce((sum, { value }) => sum + value, 0) + error) / rows.length;
    const ci95: [number, number] = [within(compared.mean - half), within(compared.mean + half)];
    return { mean: within(mean), ci95, answers: used.size };
  }

  /** The answers of the candidate on like prompts where there are enough, else all of its. */
  private stratumOf(part: AnswerPart): string {
    const key = keyOf(part);
    if (this.choices !== null && (this.strata.get(key)?.length ?? 0) >= CORRECTED_FROM) return key;
    return keyOf({ ...part, when: 'any' });
  }
}

/** Of a 95 % interval of a sum of independent estimates. */
function halfWidth(parts: readonly Pick<MeanEstimate, 'standardError' | 'clusters'>[]): number {
  const variance = parts.reduce((sum, { standardError }) => sum + standardError ** 2, 0);
  const ofVariance = parts.reduce((sum, { standardError, clusters }) => sum + standardError ** 4 / (clusters - 1), 0);
  return studentQuantile(0.975, variance ** 2 / ofVariance) * Math.sqrt(variance);
}

const meanError = (answers: readonly CheckedAnswer[]): number =>
  answers.reduce((sum, { error }) => sum + error, 0) / answers.length;

/** With its pseudo-observations, for the interval. */
function errorOf(answers: readonly CheckedAnswer[]): MeanEstimate {
  return boundedMean(answers.map(({ error }) => error), answers.map(({ group }) => group), [-1, 1]); // prettier-ignore
}

const keyOf = ({ judge, candidate, when }: Pick<AnswerPart, 'judge' | 'candidate' | 'when'>): string =>
  JSON.stringify([judge, candidate, when]);
