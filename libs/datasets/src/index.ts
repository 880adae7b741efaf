export type { Json } from './canonical-json.js';
export { groupTexts, textHash, type GroupableText } from './groups.js';
export { leakReport, type LeakReport } from './leak-report.js';
export { parseOutcomeMatrix, parseOutcomeMatrixLine } from './outcome-matrix.js';
export { PromptCorpus, type PromptGroups } from './prompt-corpus.js';
export { randomGroupedSplit } from './random-split.js';
export { MemoryRecords, type OpenRecords, type Records } from './records.js';
export {
  sampleForReplay,
  type ReplayCandidate,
  type ReplaySample,
  type ReplaySampleOptions,
  type SampledPrompt,
} from './replay-sample.js';
export {
  datasetHead,
  datasetHash,
  datasetLine,
  parseDataset,
  parseDatasetRow,
  readDataset,
  serialiseDataset,
  withoutRows,
  type DatasetMeta,
} from './snapshot.js';
export { equalStrata, targetedSample, type TargetedItem, type TargetedPrompt } from './targeted-sample.js';
export { planTimeSplit, timeParts, type TimedText, type TimeSplit, type TimeSplitOptions } from './time-split.js';
