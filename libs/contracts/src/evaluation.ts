import type { ErrorCode } from './errors.js';

export interface ProblemRecord {
  code: ErrorCode;
  message: string;
  nextStep: string | null;
}

/** What people would say where a judge scored: see `JudgeError` of libs/routers. */
export interface AsPeopleRecord {
  quality: number;
  qualityCi95: [number, number];
  gainOverBestSingle: number;
  gainCi95: [number, number];
}

/** One row of the table of policies. Quality and shares are fractions; intervals are 95 %, clustered by group. */
export interface PolicyResultRecord {
  /** `logged`, `random`, `cheapest`, `bestSingle`, `oracle` or the router's type. */
  policy: string;
  quality: number;
  qualityCi95: [number, number] | null;
  costUsdPerCall: number | null;
  /** Paired difference in quality to the best single candidate (chosen on train). */
  gainOverBestSingle: number | null;
  gainCi95: [number, number] | null;
  /** (quality - bestSingle) / (oracle - bestSingle). */
  gapRecovered: number | null;
  /** Share of prompts that each candidate gets. */
  share: Record<string, number>;
  /** Saving a call against the policy as logged, net of judge and replay cost. */
  savedNetUsdPerCall: number | null;
  /** Null where no judge scored, and where too few of its answers were scored by people. Absent in records from before. */
  asPeople?: AsPeopleRecord | null;
}

export interface FrontierPointRecord {
  policy: string;
  /** Quality points per USD of the tradeoff that gives this point; null for a single candidate. */
  tradeoff: number | null;
  quality: number;
  costUsdPerCall: number;
}

/** A judge whose scores are among the outcomes of a dataset. */
export interface JudgeRecord {
  /** `name@version`. */
  judge: string;
  /** Cells prompt x candidate that it scored, alone or in a weighted mean. */
  outcomes: number;
  /** Whether it had been shown to agree with people when the dataset was frozen. */
  passedGate: boolean;
  /** Why, for a person. */
  reason: string;
}

export interface EvaluationRecord {
  /** `paired-replay` or `outcome-matrix`. */
  method: string;
  prompts: number;
  groups: number;
  results: PolicyResultRecord[];
  frontier: FrontierPointRecord[];
  aiq: number | null;
  /** Share of the test prompts of which every candidate's outcome is known. */
  observedShare: number;
  effectiveSampleSize: number | null;
  unsupportedShare: number | null;
  /** Share of test prompts that fell back to the best single candidate as unfamiliar. */
  unfamiliarShare: number | null;
  refused: ProblemRecord[];
  /** Of the whole dataset, train as well. */
  judges: JudgeRecord[];
  /** What the numbers do not say by themselves, for a person. */
  notes: string[];
}

export interface GateCheckRecord {
  name: string;
  passed: boolean;
  measured: string;
  required: string;
}

export interface GateReportRecord {
  passed: boolean;
  power: number | null;
  promptsNeeded: number | null;
  checks: GateCheckRecord[];
  /** What stands behind the outcomes and is no condition, for a person. Absent in reports from before. */
  notes?: string[];
}
