import {
  EVENTS_QUEUE,
  retrainCommand,
  retrainEvent,
  type RetrainCommand,
  type RetrainEvent,
} from '@signalbox/contracts';
import { z } from 'zod';

/** A kind of job: its name and the form of its payload, which holds ids and never data. */
export interface JobDefinition<T> {
  name: string;
  payload: z.ZodType<T>;
  /** Two jobs of one key are one: the second is not queued while the first waits or runs. */
  keyOf: (payload: T) => string;
}

/** Work on one row of the service's own, e.g. an extraction. */
export interface WorkItem {
  id: string;
}

/** A job of a service on a row of its own: the row says what to do and how far it is. */
export function workJob(name: string): JobDefinition<WorkItem> {
  return { name, payload: z.object({ id: z.uuid() }), keyOf: ({ id }) => `${name}.${id}` };
}

export const retrainStageJob: JobDefinition<RetrainCommand> = {
  name: 'retrain-stage',
  payload: retrainCommand,
  keyOf: ({ retrainId, stage }) => `${retrainId}.${stage}`,
};

export const retrainEventJob: JobDefinition<RetrainEvent> & { queue: string } = {
  name: 'retrain-event',
  queue: EVENTS_QUEUE,
  payload: retrainEvent,
  keyOf: ({ retrainId, stage, status, progress }) => `${retrainId}.${stage}.${status}.${progress?.done ?? 0}`,
};
