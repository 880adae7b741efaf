import { Injectable } from '@nestjs/common';
import { commandQueue, EVENTS_QUEUE } from '@signalbox/contracts';
import { type ServiceWork } from '@signalbox/platform';
import {
  FORGET,
  FORGET_JOB,
  JobQueue,
  retrainEventJob,
  route,
  stageRoute,
  type Route,
  type WorkedQueue,
} from '@signalbox/queue';
import { DatasetStage } from './datasets/dataset.stage.js';
import { DatasetsRepository } from './datasets/datasets.repository.js';
import { DATASET_JOB } from './datasets/datasets.service.js';
import { ForgetJob } from './datasets/forget.job.js';
import { FreezeJob } from './datasets/freeze.job.js';
import { EvaluateStage } from './evaluations/evaluate.stage.js';
import { RetrainsRepository } from './retrains/retrains.repository.js';
import { Saga } from './retrains/saga.js';
import { RunsRepository } from './runs/runs.repository.js';
import { TRAIN_JOB } from './runs/runs.service.js';
import { TrainJob } from './runs/train.job.js';
import { TrainStage } from './runs/train.stage.js';
import { WorkerPool } from './work/worker-pool.js';

const QUEUE = commandQueue('training');
/** One thread does the heavy part; a second job reads from the database meanwhile. */
const CONCURRENCY = 2;
/** Events of one retrain wait for each other at its row in any case. */
const EVENT_CONCURRENCY = 1;

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
        dataset: (retrain, report, context) => this.dataset.run(retrain, report, context),
        train: (retrain, report, context) => this.train.run(retrain, report, context),
        evaluate: (retrain, report, context) => this.evaluate.run(retrain, report, context),
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
        ({ id }, context) => freeze.runByHand(id, context),
        ({ id }, error) => freeze.giveUp(id, error),
      ),
      route(
        TRAIN_JOB,
        ({ id }, context) => train.run(id, context),
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

@Injectable()
export class TrainingWork implements ServiceWork {
  constructor(
    private readonly stages: TrainingStages,
    private readonly jobs: TrainingJobs,
    private readonly saga: Saga,
    private readonly forget: ForgetJob,
    private readonly queue: JobQueue,
  ) {}

  queues(): WorkedQueue[] {
    const forget = route(FORGET_JOB, (_item, context) => this.forget.run(context));
    return [
      { queue: QUEUE, routes: [this.stages.route(), ...this.jobs.routes(), forget], concurrency: CONCURRENCY },
      {
        queue: EVENTS_QUEUE,
        routes: [route(retrainEventJob, (event) => this.saga.hear(event))],
        concurrency: EVENT_CONCURRENCY,
      },
    ];
  }

  async reconcile(): Promise<void> {
    await this.saga.resume();
    await this.jobs.resume(this.queue);
    if (await this.forget.isDue()) await this.queue.add(QUEUE, FORGET_JOB, FORGET);
  }

  /** A fit under way is broken off rather than waited for: the queue gives it out again, and it makes the same bytes. */
  stop(): Promise<void> {
    return this.jobs.stop();
  }
}
