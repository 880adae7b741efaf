import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { commandQueue, EVENTS_QUEUE } from '@signalbox/contracts';
import { JobQueue, retrainEventJob, route, stageRoute, type Route } from '@signalbox/queue';
import { DatasetStage } from './datasets/dataset.stage.js';
import { DatasetsRepository } from './datasets/datasets.repository.js';
import { DATASET_JOB } from './datasets/datasets.service.js';
import { FreezeJob } from './datasets/freeze.job.js';
import { EvaluateStage } from './evaluations/evaluate.stage.js';
import { RetrainsRepository } from './retrains/retrains.repository.js';
import { Saga } from './retrains/saga.js';
import { RunsRepository } from './runs/runs.repository.js';
import { TRAIN_JOB } from './runs/runs.service.js';
import { TrainJob } from './runs/train.job.js';
import { TrainStage } from './runs/train.stage.js';
import { TRAINING_ENVIRONMENT, type TrainingEnvironment } from './training.environment.js';
import { WorkerPool } from './work/worker-pool.js';

const QUEUE = commandQueue('training');
/** One thread does the heavy part; a second job reads from the database meanwhile. */
const CONCURRENCY = 2;
/** Events of one retrain wait for each other at its row in any case. */
const EVENT_CONCURRENCY = 1;
const RECONCILE_MS = 5_000;

/** The stages of a retrain that this service owns. */
@Injectable()
export class TrainingStages {
  constructor(
    private readonly dataset: DatasetStage,
    private readonly train: TrainStage,
    private readonly evaluate: EvaluateStage,
    private readonly retrains: RetrainsRepository,
    private readonly queue: JobQueue,
  ) {}

  route(): Route {
    return stageRoute({
      queue: this.queue,
      readRetrain: (id) => this.retrains.running(id),
      stages: {
        dataset: (retrain, report) => this.dataset.run(retrain, report),
        train: (retrain, report) => this.train.run(retrain, report),
        evaluate: (retrain, report) => this.evaluate.run(retrain, report),
      },
    });
  }
}

/** Work that somebody asked for by hand. */
@Injectable()
export class TrainingJobs {
  constructor(
    private readonly freeze: FreezeJob,
    private readonly train: TrainJob,
    private readonly datasets: DatasetsRepository,
    private readonly runs: RunsRepository,
    private readonly pool: WorkerPool,
  ) {}

  stop(): Promise<void> {
    return this.pool.close();
  }

  routes(): Route[] {
    const { freeze, train } = this;
    return [
      route(
        DATASET_JOB,
        ({ id }) => freeze.runByHand(id),
        ({ id }, error) => freeze.giveUp(id, error),
      ),
      route(
        TRAIN_JOB,
        ({ id }) => train.run(id),
        ({ id }, error) => train.giveUp(id, error),
      ),
    ];
  }

  /** Puts what is unfinished on the queue again; what is there already is not doubled. */
  async resume(queue: JobQueue): Promise<void> {
    for (const id of await this.datasets.unfinished()) await queue.add(QUEUE, DATASET_JOB, { id });
    for (const id of await this.runs.unfinished()) await queue.add(QUEUE, TRAIN_JOB, { id });
  }
}

/** Takes jobs and events from the queue, and puts work back on it that PostgreSQL knows to be unfinished. */
@Injectable()
export class TrainingWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(TrainingWorkers.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stages: TrainingStages,
    private readonly jobs: TrainingJobs,
    private readonly saga: Saga,
    private readonly queue: JobQueue,
    @Inject(TRAINING_ENVIRONMENT) private readonly environment: TrainingEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    if (this.environment.role === 'api') return;
    this.queue.work(QUEUE, [this.stages.route(), ...this.jobs.routes()], CONCURRENCY);
    this.queue.work(EVENTS_QUEUE, [route(retrainEventJob, (event) => this.saga.hear(event))], EVENT_CONCURRENCY);
    const reconcile = () => {
      Promise.all([this.saga.resume(), this.jobs.resume(this.queue)]).catch((error: unknown) =>
        this.log.error(`reconcile: ${String(error)}`),
      );
    };
    reconcile();
    this.timer = setInterval(reconcile, RECONCILE_MS).unref();
  }

  /** A fit under way is broken off rather than waited for: the queue gives it out again, and it makes the same bytes. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.jobs.stop();
    if (this.environment.role !== 'api') await this.queue.close();
  }
}
