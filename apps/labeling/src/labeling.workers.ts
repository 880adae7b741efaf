import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { commandQueue, type RetrainRow } from '@signalbox/contracts';
import { JobQueue, route, stageRoute } from '@signalbox/queue';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from './labeling.environment.js';
import { ReplayJob } from './replays/replay.job.js';
import { REPLAY_JOB } from './replays/replay.service.js';
import { ReplayStage } from './replays/replay.stage.js';
import { RetrainWatch } from './retrain-watch.js';
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
    const routes = [
      route(
        LABEL_JOB,
        ({ id }, signal) => label.run(id, signal),
        ({ id }) => label.giveUp(id),
      ),
      route(
        REPLAY_JOB,
        ({ id }, signal) => replay.run(id, signal),
        ({ id }) => replay.giveUp(id),
      ),
      stageRoute({
        queue: this.queue,
        readRetrain: (id) => this.work.retrain(id),
        stages: {
          label: (retrain, report, signal) => labelStage.run(retrain, report, this.watch(retrain, signal)),
          replay: (retrain, report, signal) => replayStage.run(retrain, report, this.watch(retrain, signal)),
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
    if (this.environment.role !== 'api') await this.queue.close();
  }

  private watch({ id }: RetrainRow, signal: AbortSignal): RetrainWatch {
    return new RetrainWatch(signal, async () => (await this.work.retrain(id)) !== null);
  }

  private async reconcile(): Promise<void> {
    for (const id of await this.work.unfinishedRuns()) await this.queue.add(QUEUE, LABEL_JOB, { id });
    for (const id of await this.work.unfinishedReplays()) await this.queue.add(QUEUE, REPLAY_JOB, { id });
  }
}
