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
 */
export type StageHandler = (
  retrain: RetrainRow,
  report: (progress: StageProgress) => Promise<void>,
) => Promise<StageOutput>;

export interface StageRouteOptions {
  queue: JobQueue;
  /** Reads `training.retrain_v1`; null when the retrain is gone or cancelled. */
  readRetrain: (id: string) => Promise<RetrainRow | null>;
  stages: Partial<Record<StageName, StageHandler>>;
}

/** How a service answers the commands of a retrain: runs the stage and reports on `training.events`. */
export function stageRoute({ queue, readRetrain, stages }: StageRouteOptions): Route {
  return route(
    retrainStageJob,
    async ({ retrainId, stage }) => {
      const handler = stages[stage];
      if (!handler) throw new Error(`stage ${stage} came to a service that does not own it`);
      const retrain = await readRetrain(retrainId);
      if (!retrain) return;
      const send = (event: Pick<RetrainEvent, 'status' | 'progress' | 'output' | 'problem'>) =>
        queue.add(EVENTS_QUEUE, retrainEventJob, { retrainId, stage, ...event });
      try {
        const output = await handler(retrain, (progress) =>
          send({ status: 'RUNNING', progress, output: null, problem: null }),
        );
        await send({ status: 'SUCCEEDED', progress: null, output, problem: null });
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error; // a bug or a lost connection: the queue tries again
        const problem = { code: error.code, message: error.message, nextStep: error.nextStep };
        await send({ status: 'FAILED', progress: null, output: null, problem });
      }
    },
    async ({ retrainId, stage }, error) => {
      const problem = { code: 'INTERNAL', message: `stage ${stage}: ${error.message}`, nextStep: ERROR_CODES.INTERNAL };
      await queue.add(EVENTS_QUEUE, retrainEventJob, {
        retrainId,
        stage,
        status: 'FAILED',
        progress: null,
        output: null,
        problem,
      });
    },
  );
}

/** Asks the owner of a stage to do it. */
export function commandStage(queue: JobQueue, owner: ServiceName, retrainId: string, stage: StageName): Promise<void> {
  return queue.add(commandQueue(owner), retrainStageJob, { retrainId, stage });
}
