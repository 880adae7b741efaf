import { accept, reject, type Result } from '@signalbox/contracts';
import { z } from 'zod';
import { kappaInterval, weightedKappa, type RatedPair } from './agreement.js';

/** Which of two answers is better, by a person and by a judge that saw them in this order and, where it did, in the other one. */
export interface PairVerdict {
  human: 1 | 2;
  judge: 1 | 2;
  /** Named as `judge` is, whichever place the answer had: equal to it when the judge is consistent. */
  judgeSwapped?: 1 | 2 | undefined;
}

/** Shares are 0..1; the last two are null when the judge saw no pair in both orders. */
export interface PairwiseAgreement {
  pairs: number;
  /** Cohen's, unweighted, of the verdict in the first order; null when chance explains all. */
  kappa: number | null;
  kappaCi95: [number, number] | null;
  accuracy: number;
  orderConsistency: number | null;
  /** Of the pairs on which the judge is consistent; null also when there is none. */
  accuracyOnConsistent: number | null;
}

/**
 * How far a judge agrees with people about pairs of answers. Kappa is that of Cohen, "A coefficient of agreement for nominal
 * scales", 1960; the interval as of {@link kappaInterval}. The same verdicts and seed give the same figures.
 */
export function pairwiseAgreement(verdicts: readonly PairVerdict[], { seed }: { seed: number }): PairwiseAgreement {
  // With two levels the weighted kappa is the plain one.
  const rated: RatedPair[] = verdicts.map(({ human, judge }) => ({ human: human - 1, judge: judge - 1 }));
  const swapped = verdicts.filter(({ judgeSwapped }) => judgeSwapped !== undefined);
  const consistent = swapped.filter(({ judge, judgeSwapped }) => judge === judgeSwapped);
  return {
    pairs: verdicts.length,
    kappa: weightedKappa(rated),
    kappaCi95: kappaInterval(rated, { seed }),
    accuracy: accuracyOf(verdicts),
    orderConsistency: swapped.length === 0 ? null : consistent.length / swapped.length,
    accuracyOnConsistent: consistent.length === 0 ? null : accuracyOf(consistent),
  };
}

const accuracyOf = (verdicts: readonly PairVerdict[]): number =>
  verdicts.filter(({ human, judge }) => human === judge).length / verdicts.length;

const VERDICT = 'must be 1 or 2, the better of the two answers';
const better = z.union([z.literal(1), z.literal(2)], { error: VERDICT });
const pairVerdict = z.object(
  { human: better, judge: better, judgeSwapped: better.nullish().transform((given) => given ?? undefined) },
  { error: 'is not one JSON object such as {"human": 1, "judge": 2}' },
);

/**
 * Reads JSONL of verdicts, one object a line; other fields are ignored, and blank lines at the end.
 * @returns every verdict, or `INVALID_INPUT` with the first broken line (`line N`, from 1); never a part of them
 */
export function parsePairVerdicts(text: string): Result<PairVerdict[]> {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\n');
  if (lines.length === 1 && lines[0] === '') return reject('INVALID_INPUT', 'line 1', 'the file holds no verdict');
  const verdicts: PairVerdict[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = pairVerdict.safeParse(jsonOf(line));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return reject(
        'INVALID_INPUT',
        [`line ${index + 1}`, ...(issue?.path ?? [])].join(', '),
        issue?.message ?? VERDICT,
      );
    }
    verdicts.push(parsed.data);
  }
  return accept(verdicts);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
