/** What a unit of quality trades against: quality points (1 = from 0 to 1) per USD and per second. */
export interface Tradeoff {
  usd: number;
  seconds: number;
}

export interface CandidateScoreRecord {
  candidate: string;
  expectedQuality: number;
  expectedCostUsd: number | null;
  /** Probability with which this candidate is chosen, exploration included. */
  probability: number;
}

export interface DecisionRecord {
  candidate: string;
  propensity: number;
  explored: boolean;
  fellBack: boolean;
  /** Candidates left out before scoring. */
  masked: string[];
  /** `name@version`. */
  routerVersion: string;
  scores: CandidateScoreRecord[];
}

/** How a deployed version explores; part of the artefact, so that the next round knows the propensities. */
export interface ExplorationPolicy {
  /** Probability that a decision is drawn uniformly from the available candidates. */
  epsilon: number;
}
