import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { JobQueue, route, stageRoute, workJob } from '@signalbox/queue';
import { ExtractJob } from './extractions/extract.job.js';
import { EXTRACT_JOB } from './extractions/extraction.service.js';
import { ExtractStage } from './extractions/extract.stage.js';
import { INGEST_ENVIRONMENT, type IngestEnvironment } from './ingest.environment.js';
import { ResolveModelsJob } from './models/resolve-models.job.js';
import { WorkRepository } from './work.repository.js';

const QUEUE = commandQueue('ingest');
/** The names of one candidate book hold for all calls, so that the id only tells requests apart. */
const RESOLVE_MODELS_JOB = workJob('resolve-models');
/** Reading waits on the backend more than on this process. */
const CONCURRENCY = 2;
const RECONCILE_MS = 5_000;

@Injectable()
export class IngestJobs {
  constructor(
    readonly extract: ExtractJob,
    readonly extractStage: ExtractStage,
    readonly resolveModels: ResolveModelsJob,
  ) {}
}

/** Takes jobs from the queue, and puts work back on it that PostgreSQL knows to be unfinished. */
@Injectable()
export class IngestWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(IngestWorkers.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: IngestJobs,
    private readonly work: WorkRepository,
    private readonly queue: JobQueue,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    if (this.environment.role === 'api') return;
    const { extract, extractStage, resolveModels } = this.jobs;
    const routes = [
      route(
        EXTRACT_JOB,
        ({ id }, signal) => extract.run(id, signal),
        ({ id }) => extract.giveUp(id),
      ),
      route(RESOLVE_MODELS_JOB, (_item, signal) => resolveModels.run(signal)),
      stageRoute({
        queue: this.queue,
        readRetrain: (id) => this.work.retrain(id),
        stages: { extract: (retrain, report, signal) => extractStage.run(retrain, report, signal) },
      }),
    ];
    this.queue.work(QUEUE, routes, CONCURRENCY);
    const reconcile = () => {
      this.reconcile().catch((error: unknown) => this.log.error(`reconcile: ${String(error)}`));
    };
    reconcile();
    this.timer = setInterval(reconcile, RECONCILE_MS).unref();
  }

  /** Running jobs stop at their next window, while the database is still there. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    if (this.environment.role !== 'api') await this.queue.close();
  }

  private async reconcile(): Promise<void> {
    for (const id of await this.work.unfinishedExtractions()) await this.queue.add(QUEUE, EXTRACT_JOB, { id });
  }
}
