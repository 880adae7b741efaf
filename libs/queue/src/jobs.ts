import {
  EVENTS_QUEUE,
  retrainCommand,
  retrainEvent,
  type RetrainCommand,
  type RetrainEvent,
} from '@signalbox/contracts';
import { NIL } from 'uuid';
import { z } from 'zod';

/** A kind of job: its name and the form of its payload, which holds ids and never data. */
export interface JobDefinition<T> {
  name: string;
  payload: z.ZodType<T>;
  /** Two jobs of one key are one: the second is not queued while the first waits or runs. */
  keyOf: (payload: T) => string;
  /** False for facts that are told, such as events: nobody needs the right to hear them. True when absent. */
  leased?: boolean;
}

/** Work on one row of the service's own, e.g. an extraction. */
export interface WorkItem {
  id: string;
}

/** A job of a service on a row of its own: the row says what to do and how far it is. */
export function workJob(name: string): JobDefinition<WorkItem> {
  return { name, payload: z.object({ id: z.uuid() }), keyOf: ({ id }) => `${name}.${id}` };
}

/** Erases what a service holds of what ingest has forgotten. There is one such work in a service. */
export const FORGET_JOB = workJob('forget');
export const FORGET: WorkItem = { id: NIL };

export const retrainStageJob: JobDefinition<RetrainCommand> = {
  name: 'retrain-stage',
  payload: retrainCommand,
  keyOf: ({ retrainId, stage }) => `${retrainId}.${stage}`,
};

export const retrainEventJob: JobDefinition<RetrainEvent> & { queue: string } = {
  name: 'retrain-event',
  queue: EVENTS_QUEUE,
  leased: false,
  payload: retrainEvent,
  keyOf: ({ retrainId, stage, attempt, status, progress }) =>
    `${retrainId}.${stage}.${attempt}.${status}.${progress?.done ?? 'alive'}`,
};
