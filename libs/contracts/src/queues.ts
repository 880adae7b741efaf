import { z } from 'zod';
import { STAGES, type ServiceName, type StageName } from './stages.js';

const stageName = z.enum(STAGES.map((stage) => stage.name) as [StageName, ...StageName[]]);

/** A stage of a retrain that its owner is asked to do. Carries ids only; the owner reads `training.retrain_v1`. */
export const retrainCommand = z.object({ retrainId: z.uuid(), stage: stageName });
export type RetrainCommand = z.infer<typeof retrainCommand>;

/** What the owner of a stage reports on `training.events`. `output` is small: counts, ids and hashes, never rows. */
export const retrainEvent = z.object({
  retrainId: z.uuid(),
  stage: stageName,
  /** Of the retrain, when the stage began: what an earlier attempt says late changes nothing. */
  attempt: z.int().min(1),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
  progress: z
    .object({ done: z.int(), total: z.int().nullable(), unit: z.string(), costUsd: z.number().nullable() })
    .nullable(),
  output: z.record(z.string(), z.json()).nullable(),
  problem: z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullable() }).nullable(),
});
export type RetrainEvent = z.infer<typeof retrainEvent>;

/** BullMQ queue names may not hold a colon; a dot is fine. */
export const commandQueue = (service: ServiceName): string => `${service}.commands`;
export const EVENTS_QUEUE = 'training.events';

/** What a retrain was asked for; the owners of its stages read it from `training.retrain_v1`. */
export const retrainRequest = z.object({
  routerTypes: z.array(z.enum(['kmeans', 'knn', 'ridge'])).min(1),
  /** Most that the label stage may spend on judges, USD. */
  judgeBudgetUsd: z.number().min(0),
  /** Most that the replay stage may spend on candidates and on judging their answers, USD. */
  replayBudgetUsd: z.number().min(0),
  /** OpenAI-style base URL that candidates are asked through; null skips the replay and says so. */
  replayEndpoint: z.string().nullable(),
  replayTestPrompts: z.int().min(0),
  replayTrainPrompts: z.int().min(0),
  /** A provider that is fitted on the dataset; without one routers read the vectors of the stage `embed`. */
  embedding: z.literal('tfidf-svd').optional(),
  /** Calls that judges score at the most, drawn at random. */
  judgeSample: z.int().min(0),
  testShare: z.number().gt(0).lt(1),
  embargoSeconds: z.number().min(0),
  promoteIfGatePasses: z.boolean(),
  seed: z.int(),
});
export type RetrainRequest = z.infer<typeof retrainRequest>;

/** A row of `training.retrain_v1`. */
export interface RetrainRow {
  id: string;
  router: string;
  request: RetrainRequest;
  /** 1, and one more each time that it was resumed. Work that failed in an earlier attempt is tried again. */
  attempt: number;
  /** Output of each stage that succeeded. */
  outputs: Partial<Record<StageName, Record<string, unknown>>>;
}
