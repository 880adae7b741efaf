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
import { route, type JobContext, type JobQueue, type Route } from './job-queue.js';

export type StageProgress = NonNullable<RetrainEvent['progress']>;
export type StageOutput = NonNullable<RetrainEvent['output']>;

/** A stage that says nothing for longer than three of these is taken for one that nobody works on. */
export const HEARTBEAT_MS = 5_000;

/**
 * Does one stage of one retrain. It may be called again for work that is done or half done, after a crash: it must find what
 * is there by the retrain's id and answer with the same output. When `retrain.attempt` is higher than what failed before, somebody
 * asked for another try.
 *
 * When `context.signal` is aborted, a handler that takes minutes ends soon, by throwing anything. Nobody is told; training asks for
 * the stage again.
 */
export type StageHandler = (
  retrain: RetrainRow,
  report: (progress: StageProgress) => Promise<void>,
  context: JobContext,
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
    async ({ retrainId, stage }, context) => {
      const handler = stages[stage];
      if (!handler) throw new Error(`stage ${stage} came to a service that does not own it`);
      let heartbeat: NodeJS.Timeout | undefined;
      let retrain: RetrainRow | null = null;
      const send = (event: Pick<RetrainEvent, 'status' | 'progress' | 'output' | 'problem'>) =>
        queue.add(EVENTS_QUEUE, retrainEventJob, { retrainId, stage, attempt: retrain?.attempt ?? 1, ...event });
      const alive = () => send({ status: 'RUNNING', progress: null, output: null, problem: null });
      try {
        retrain = await readRetrain(retrainId);
        if (!retrain) return;
        await alive();
        const stillAlive = async () => {
          // Cancelled and resumed while this work went on: it speaks for the new attempt from now on.
          retrain = (await readRetrain(retrainId)) ?? retrain;
          await alive();
        };
        heartbeat = setInterval(() => void stillAlive().catch(() => undefined), HEARTBEAT_MS).unref();
        const report = async (progress: StageProgress) => {
          await send({ status: 'RUNNING', progress, output: null, problem: null });
        };
        const output = await handler(retrain, report, context);
        await send({ status: 'SUCCEEDED', progress: null, output, problem: null });
      } catch (error) {
        // Stopped, or cancelled meanwhile: neither is a failure, and neither may use up the attempts of the job.
        if (context.signal.aborted || (retrain && (await readRetrain(retrainId)) === null)) return;
        if (!(error instanceof SignalboxError)) throw error; // a bug or a lost connection: the queue tries again
        const problem = { code: error.code, message: error.message, nextStep: error.nextStep };
        await send({ status: 'FAILED', progress: null, output: null, problem });
      } finally {
        clearInterval(heartbeat);
      }
    },
    async ({ retrainId, stage }) => {
      // The text of an error that nobody foresaw may hold anything, so it goes to the log and the dead letters alone.
      const message = `Stage ${stage} failed several times; the log and the service's dead letters have the cause.`;
      const retrain = await readRetrain(retrainId);
      if (!retrain) return;
      await queue.add(EVENTS_QUEUE, retrainEventJob, {
        ...{ retrainId, stage, attempt: retrain.attempt, status: 'FAILED', progress: null, output: null },
        problem: { code: 'INTERNAL', message, nextStep: ERROR_CODES.INTERNAL },
      });
    },
  );
}

/** Asks the owner of a stage to do it. False when the queue did not take it. */
export function commandStage(
  queue: JobQueue,
  owner: ServiceName,
  retrainId: string,
  stage: StageName,
): Promise<boolean> {
  return queue.add(commandQueue(owner), retrainStageJob, { retrainId, stage });
}
