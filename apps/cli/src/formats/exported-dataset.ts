import type { CandidatePrice, DatasetPart } from '@signalbox/contracts';

/** What is known of one answer; null is unknown. Money in USD, time in seconds. */
export interface ExportedOutcome {
  candidate: string;
  source: 'logged' | 'replayed' | null;
  performance: number;
  labeler: string | null;
  costUsd: number | null;
  responseTimeSeconds: number | null;
  propensity: number | null;
}

/** One prompt, as it was asked once. */
export interface ExportedRow {
  /** Id of the call; null for what never was a call. */
  id: string | null;
  query: string;
  task: string | null;
  group: string | null;
  part: DatasetPart;
  /** ISO 8601, UTC. */
  startedAt: string | null;
  /** A candidate that was both logged and replayed has two. */
  outcomes: ExportedOutcome[];
  inRandomSlice: boolean;
  vector: Float32Array | null;
}

/** What is true of all of its rows. */
export interface ExportedDataset {
  /** Of the dataset in Signalbox; null for a file. */
  id: string | null;
  hash: string | null;
  router: string | null;
  /** Id of the space of its vectors. */
  embedding: string;
  candidates: CandidatePrice[];
  split: unknown;
}

/** One outcome a candidate: the replayed one where there are two, as training takes it. */
export function outcomeOfEach(outcomes: readonly ExportedOutcome[]): ExportedOutcome[] {
  const byCandidate = new Map<string, ExportedOutcome>();
  for (const outcome of outcomes) {
    if (outcome.source === 'replayed' || !byCandidate.has(outcome.candidate))
      byCandidate.set(outcome.candidate, outcome);
  }
  return [...byCandidate.values()];
}
