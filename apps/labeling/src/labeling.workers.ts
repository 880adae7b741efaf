import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { JobQueue, route, stageRoute } from '@signalbox/queue';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from './labeling.environment.js';
import { ReplayJob } from './replays/replay.job.js';
import { REPLAY_JOB } from './replays/replay.service.js';
import { ReplayStage } from './replays/replay.stage.js';
import { LabelJob } from './runs/label.job.js';
import { LabelStage } from './runs/label.stage.js';
import { LABEL_JOB } from './runs/run.service.js';
import { WorkRepository } from './work.repository.js';

const QUEUE = commandQueue('labeling');
/** Each has its own calls in flight, and waits on other people's models most of the time. */
const CONCURRENCY = 4;
const RECONCILE_MS = 5_000;

@Injectable()
export class LabelingJobs {
  constructor(
    readonly label: LabelJob,
    readonly labelStage: LabelStage,
    readonly replay: ReplayJob,
    readonly replayStage: ReplayStage,
  ) {}
}

/** Takes jobs from the queue, and puts work back on it that PostgreSQL knows to be unfinished. */
@Injectable()
export class LabelingWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(LabelingWorkers.name);
  /** Of the stages: a replay of hours must not hold up a shutdown. */
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: LabelingJobs,
    private readonly work: WorkRepository,
    private readonly queue: JobQueue,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    if (this.environment.role === 'api') return;
    const { label, labelStage, replay, replayStage } = this.jobs;
    const { signal } = this.stopping;
    const routes = [
      route(
        LABEL_JOB,
        ({ id }) => label.run(id, signal),
        ({ id }) => label.giveUp(id),
      ),
      route(
        REPLAY_JOB,
        ({ id }) => replay.run(id, signal),
        ({ id }) => replay.giveUp(id),
      ),
      stageRoute({
        queue: this.queue,
        readRetrain: (id) => this.work.retrain(id),
        stages: {
          label: (retrain, report) => labelStage.run(retrain, report, signal),
          replay: (retrain, report) => replayStage.run(retrain, report, signal),
        },
      }),
    ];
    this.queue.work(QUEUE, routes, CONCURRENCY);
    const reconcile = () => {
      this.reconcile().catch((error: unknown) => this.log.error(`reconcile: ${String(error)}`));
    };
    reconcile();
    this.timer = setInterval(reconcile, RECONCILE_MS).unref();
  }

  /** Calls in flight end while the database is still there; no further ones begin. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    if (this.environment.role !== 'api') await this.queue.close();
  }

  private async reconcile(): Promise<void> {
    for (const id of await this.work.unfinishedRuns()) await this.queue.add(QUEUE, LABEL_JOB, { id });
    for (const id of await this.work.unfinishedReplays()) await this.queue.add(QUEUE, REPLAY_JOB, { id });
  }
}
