export { choose, fallsBack } from './choose.js';
export { constantFitter } from './constant.js';
export type { CandidateAbility, DecidableVersion, DecideOptions } from './decide-input.js';
export { decide } from './decide.js';
export { DEFAULT_EXPLORATION } from './exploration.js';
export type { OutOfFold, RouterFitter, RouterParams } from './fitter.js';
export { kmeansFitter } from './kmeans.js';
export { knnFitter } from './knn.js';
export {
  availableCandidates,
  fullyObserved,
  matrixOf,
  matrixOfOutcomes,
  selectRows,
  type LeftOut,
  type MatrixOptions,
  type TrainingMatrix,
} from './matrix.js';
export type { FittedModel, Prediction, RouterType, Tensor } from './model.js';
export { fromOnnx, toOnnx, type ModelHeader } from './onnx.js';
export { predict } from './predict.js';
export { ridgeFitter } from './ridge.js';
export { train, type OutOfFoldFigures, type TrainedRouter, type TrainOptions } from './train.js';
export * from './evaluate.js';
export {
  boundedInterval,
  clusteredMean,
  effectiveSize,
  expectedHalfWidth,
  weightedInterval,
  weightedMean,
} from './intervals.js';
export { offPolicy, type OffPolicyEstimate, type OffPolicyReport, type OffPolicySupport } from './off-policy.js';
export { DEFAULT_GATE_LIMITS, gate, type GateInput, type GateLimits, type GatePolicy } from './gate.js';
export * from './prediction-powered.js';
export type { CheckedAnswer } from './judge-error.js';
