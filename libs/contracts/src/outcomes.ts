/** One cell of the matrix prompt x candidate. `performance` is 0..1; money in USD; time in seconds. */
export interface Outcome {
  performance: number;
  costUsd?: number;
  responseTimeSeconds?: number;
}

/** A line of outcome-matrix JSONL. */
export interface OutcomeMatrixRow {
  query: string;
  task?: string;
  group?: string;
  outcomes: Record<string, Outcome>;
}

export const DATASET_PARTS = ['train', 'test', 'spanning', 'embargo'] as const;
/** `spanning`: its group lies on both sides of the cut; kept for the as-it-comes test. `embargo`: too close to the cut. */
export type DatasetPart = (typeof DATASET_PARTS)[number];

export interface DatasetCell extends Outcome {
  source: 'logged' | 'replayed';
  /** The labeler that scored it, as `name@version`. */
  labeler: string;
  /** Probability that the serving policy chose this candidate. Absent when unknown, and on replayed cells. */
  propensity?: number;
}

/** Ends a labeler of a weighted mean: `a@1*2+b@1*0.5`. */
const WEIGHT = /\*\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:\+|$)/;

/** `name@version` of each labeler that a performance came from. */
export function labelersIn(labeler: string): string[] {
  return labeler.split(WEIGHT).filter((name) => name !== '');
}

/**
 * One prompt of a dataset with every outcome that is known of it. A prompt that was asked several times (exact text)
 * is several rows of one group: a row is one decision.
 */
export interface DatasetRow {
  /** Id of the call that asked it. */
  id: string;
  /** sha256 (hex) of the query text; vectors are found by it. */
  textHash: string;
  query: string;
  task: string | null;
  group: string;
  part: DatasetPart;
  /** Milliseconds since the epoch; null for a matrix without time. */
  startedAt: number | null;
  /** Candidate that the serving policy used, and its propensities, where logged. */
  loggedCandidate: string | null;
  probabilities: Record<string, number> | null;
  logged: DatasetCell | null;
  /** Replayed cells by candidate. Empty when the prompt was not replayed. */
  replayed: Record<string, DatasetCell>;
  /** True for a row of the random replay slice. */
  inRandomSlice: boolean;
  /** Of the logged answer, where people and a judge scored it: people's mean, and the score of each judge by `name@version`. */
  checked?: { people: number; judges: Record<string, number> };
}

export interface CandidatePrice {
  name: string;
  /** USD per million tokens; null when unknown. */
  inputPrice: number | null;
  outputPrice: number | null;
}
