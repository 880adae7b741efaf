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
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
  progress: z.object({ done: z.int(), total: z.int().nullable(), unit: z.string(), costUsd: z.number().nullable() }).nullable(),
  output: z.record(z.string(), z.json()).nullable(),
  problem: z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullable() }).nullable(),
});
export type RetrainEvent = z.infer<typeof retrainEvent>;

/** BullMQ queue names may not hold a colon; a dot is fine. */
export const commandQueue = (service: ServiceName): string => `${service}.commands`;
export const EVENTS_QUEUE = 'training.events';
