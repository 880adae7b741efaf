export { groupTexts, textHash, type GroupableText } from './groups.js';
export { leakReport, type LeakReport } from './leak-report.js';
export { nearDuplicates } from './near-duplicates.js';
export { parseOutcomeMatrix, parseOutcomeMatrixLine } from './outcome-matrix.js';
export { randomGroupedSplit } from './random-split.js';
export {
  sampleForReplay,
  type ReplayCandidate,
  type ReplaySample,
  type ReplaySampleOptions,
  type SampledPrompt,
} from './replay-sample.js';
export { datasetHash, parseDataset, parseDatasetRow, serialiseDataset, type DatasetMeta } from './snapshot.js';
export { equalStrata, targetedSample, type TargetedItem, type TargetedPrompt } from './targeted-sample.js';
export { assignByTime, planTimeSplit, type TimedText, type TimeSplit, type TimeSplitOptions } from './time-split.js';
