import {
  commandQueue,
  ERROR_CODES,
  EVENTS_QUEUE,
  SignalboxError,
  type RetrainEvent,
  type RetrainRow,
  type ServiceName,
  type StageName,
} from '@signalbox/contracts';
import { retrainEventJob, retrainStageJob } from './jobs.js';
import { route, type JobQueue, type Route } from './job-queue.js';

export type StageProgress = NonNullable<RetrainEvent['progress']>;
export type StageOutput = NonNullable<RetrainEvent['output']>;

/**
 * Does one stage of one retrain. It may be called again for work that is done or half done, after a crash: it must find what
 * is there by the retrain's id and answer with the same output.
 * @param signal aborted when this process is about to stop: a handler that takes minutes ends soon then, by throwing anything.
 * Nobody is told; training asks for the stage again.
 */
export type StageHandler = (
  retrain: RetrainRow,
  report: (progress: StageProgress) => Promise<void>,
  signal: AbortSignal,
) => Promise<StageOutput>;

export interface StageRouteOptions {
  queue: JobQueue;
  /** Reads `training.retrain_v1`; null when the retrain is gone or cancelled. A SignalboxError that it throws fails the stage. */
  readRetrain: (id: string) => Promise<RetrainRow | null>;
  stages: Partial<Record<StageName, StageHandler>>;
}

/**
 * How a service answers the commands of a retrain: runs the stage and reports on `training.events`. A stage that a stop or a
 * cancellation broke off sends no event.
 */
export function stageRoute({ queue, readRetrain, stages }: StageRouteOptions): Route {
  return route(
    retrainStageJob,
    async ({ retrainId, stage }, signal) => {
      const handler = stages[stage];
      if (!handler) throw new Error(`stage ${stage} came to a service that does not own it`);
      const send = (event: Pick<RetrainEvent, 'status' | 'progress' | 'output' | 'problem'>) =>
        queue.add(EVENTS_QUEUE, retrainEventJob, { retrainId, stage, ...event });
      let retrain: RetrainRow | null = null;
      try {
        retrain = await readRetrain(retrainId);
        if (!retrain) return;
        const report = (progress: StageProgress) => send({ status: 'RUNNING', progress, output: null, problem: null });
        const output = await handler(retrain, report, signal);
        await send({ status: 'SUCCEEDED', progress: null, output, problem: null });
      } catch (error) {
        // Stopped, or cancelled meanwhile: neither is a failure, and neither may use up the attempts of the job.
        if (signal.aborted || (retrain && (await readRetrain(retrainId)) === null)) return;
        if (!(error instanceof SignalboxError)) throw error; // a bug or a lost connection: the queue tries again
        const problem = { code: error.code, message: error.message, nextStep: error.nextStep };
        await send({ status: 'FAILED', progress: null, output: null, problem });
      }
    },
    async ({ retrainId, stage }) => {
      // The text of an error that nobody foresaw may hold anything, so it goes to the worker's log alone.
      const message = `Stage ${stage} failed several times; the log has the cause.`;
      await queue.add(EVENTS_QUEUE, retrainEventJob, {
        retrainId,
        stage,
        status: 'FAILED',
        progress: null,
        output: null,
        problem: { code: 'INTERNAL', message, nextStep: ERROR_CODES.INTERNAL },
      });
    },
  );
}

/** Asks the owner of a stage to do it. */
export function commandStage(queue: JobQueue, owner: ServiceName, retrainId: string, stage: StageName): Promise<void> {
  return queue.add(commandQueue(owner), retrainStageJob, { retrainId, stage });
}
