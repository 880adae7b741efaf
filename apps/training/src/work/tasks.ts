import type { EvaluationRecord } from '@signalbox/contracts';
import type { LeftOut, ModelHeader } from '@signalbox/routers';
import type { AssembleInput, Assembled } from '../datasets/assemble.js';
import type { StoredGateInput } from '../evaluations/compare.js';

/** A frozen dataset and the vectors of its texts. Text k has the numbers from k * dim. */
export interface VectoredDataset {
  bytes: Uint8Array;
  hash: string;
  candidates: string[];
  texts: string[];
  vectors: Float32Array;
  dim: number;
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
}

/** What is asked of the worker thread. */
export type Task =
  | ({ kind: 'assemble' } & AssembleInput)
  | { kind: 'texts'; bytes: Uint8Array; hash: string; part: 'train' | 'test' }
  | { kind: 'train'; dataset: VectoredDataset; types: ('knn' | 'ridge')[]; seed: number }
  | {
      kind: 'evaluate';
      dataset: VectoredDataset;
      /** The default router first. */
      models: StoredModel[];
      champion: Champion | null;
      spent: { judgeUsd: number; replayUsd: number; calls: number } | null;
    };

/** What it answers; an expected failure is data, since an error loses its class between threads. */
export type Answer =
  | { kind: 'assemble'; assembled: Assembled }
  | { kind: 'texts'; texts: string[] }
  | { kind: 'train'; models: TrainedModel[]; leftOut: LeftOut; rows: number }
  | { kind: 'evaluate'; record: EvaluationRecord; gateInputs: (StoredGateInput | null)[] }
  | { kind: 'refused'; code: string; message: string; nextStep: string };

export type AnswerTo<K extends Task['kind']> = Extract<Answer, { kind: K }>;
