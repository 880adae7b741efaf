export {
  agreementByFamily,
  CALIBRATION_PAIRS,
  calibrationOf,
  KAPPA_FLOOR,
  kappaInterval,
  lengthSlope,
  spearman,
  spearmanInterval,
  weightedKappa,
  type Calibration,
  type FamilyAgreement,
  type RatedPair,
} from './agreement.js';
export * from './canaries.js';
export * from './ground-truth.js';
export {
  BEST_LEVEL,
  judgeRequest,
  parseVerdict,
  RUBRIC_LENGTH,
  rubricVersion,
  type JudgedAnswer,
  type JudgeRequest,
  type Verdict,
} from './judge.js';
export * from './label-policy.js';
export * from './pairwise-agreement.js';
export {
  pairwiseRequest,
  pairwiseVersion,
  parsePreference,
  type ComparedAnswers,
  type PairwiseRequest,
} from './pairwise-judge.js';
export { panelScore } from './panel.js';
export { modelFamily } from './model-family.js';
export { isMetricName, METRIC_NAMES, METRICS, METRICS_VERSION, type Metric, type MetricName } from './metrics.js';
