export {
  CALIBRATION_PAIRS,
  calibrationOf,
  KAPPA_FLOOR,
  kappaInterval,
  lengthSlope,
  spearman,
  weightedKappa,
  type Calibration,
  type RatedPair,
} from './agreement.js';
export {
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
export { isMetricName, METRIC_NAMES, METRICS, METRICS_VERSION, type Metric, type MetricName } from './metrics.js';
