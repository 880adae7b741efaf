import type { EvaluationRecord, ExplorationPolicy, JudgeRecord } from '@signalbox/contracts';
import type { LeftOut, ModelHeader } from '@signalbox/routers';
import type { Assembled, FrozenFacts } from '../datasets/assemble.js';
import type { Snapshot } from '../datasets/snapshot.js';
import type { TrainedType } from '../runs/run.input.js';
import type { StoredGateInput } from '../evaluations/compare.js';

/** A distinct text. */
export interface Prompt {
  textHash: string;
  query: string;
}

/** Vectors of texts, packed: text k, named by its hash, has the numbers from k * dim. */
export interface PackedVectors {
  texts: string[];
  vectors: Float32Array;
  dim: number;
}

/** A frozen dataset and the vectors of its texts. */
export interface VectoredDataset extends PackedVectors {
  bytes: Uint8Array;
  hash: string;
  candidates: string[];
}

/** A model as it is stored. */
export interface StoredModel {
  onnx: Uint8Array;
  header: ModelHeader;
}

export interface TrainedModel extends StoredModel {
  params: Record<string, number>;
  metrics: Record<string, number | null>;
  fitSeconds: number | null;
}

/** The version in production. */
export interface Champion {
  /** `name@version`. */
  name: string;
  model: StoredModel;
  exploration: ExplorationPolicy;
  /** It may have been trained on what was asked before, milliseconds since the epoch; null when on none of the dataset's test part. */
  unseenFromMs: number | null;
  /** Vectors of the dataset's texts in the champion's own space; null where that is the dataset's. */
  own: PackedVectors | null;
}

/** What was bought to get the data. */
export interface Spent {
  judgeUsd: number;
  replayUsd: number;
  /** Answers of unknown price, which count as 0 in the sums. */
  unpriced: number;
  /** Calls that the sums are spread over. */
  calls: number;
}

/** What is asked of the worker thread. */
export type Task =
  | {
      kind: 'assemble';
      /** Descriptor of a file of lines that `knownCallOf` reads. */
      lines: number;
      /** Descriptor of the empty file that the dataset is written to. */
      into: number;
      /** Candidate by each of its names, in lower case. */
      nameOf: ReadonlyMap<string, string>;
      facts: FrozenFacts;
    }
  | { kind: 'ids'; bytes: Uint8Array; hash: string }
  | { kind: 'without'; bytes: Uint8Array; hash: string; ids: string[] }
  | { kind: 'prompts'; bytes: Uint8Array; hash: string; part: 'train' | 'test' }
  /** By a model of `tfidf-svd`. */
  | { kind: 'embed'; model: Uint8Array; prompts: readonly Prompt[] }
  | { kind: 'train'; dataset: VectoredDataset; types: TrainedType[]; seed: number }
  | {
      kind: 'evaluate';
      dataset: VectoredDataset;
      /** The default router first. */
      models: StoredModel[];
      champion: Champion | null;
      spent: Spent | null;
      /** Whose scores are in the dataset. */
      judges: JudgeRecord[];
      /** Calls of the test part, with an outcome or without. */
      testCalls: number;
    };

/** What it answers; an expected failure is data, since an error loses its class between threads. */
export type Answer =
  | { kind: 'assemble'; assembled: Assembled }
  | { kind: 'ids'; ids: string[] }
  | ({ kind: 'without' } & Snapshot)
  | { kind: 'prompts'; prompts: Prompt[] }
  | { kind: 'embed'; texts: string[]; vectors: Float32Array }
  | { kind: 'train'; models: TrainedModel[]; leftOut: LeftOut; rows: number }
  | { kind: 'evaluate'; record: EvaluationRecord; gateInputs: (StoredGateInput | null)[] }
  | { kind: 'refused'; code: string; message: string; nextStep: string };

export type AnswerTo<K extends Task['kind']> = Extract<Answer, { kind: K }>;
