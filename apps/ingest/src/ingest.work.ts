import { Injectable } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { runningRetrain } from '@signalbox/database';
import { type ServiceWork } from '@signalbox/platform';
import { JobQueue, route, stageRoute, workJob, type WorkedQueue } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { ExtractJob } from './extractions/extract.job.js';
import { ExtractionRepository } from './extractions/extraction.repository.js';
import { EXTRACT_JOB } from './extractions/extraction.service.js';
import { ExtractStage } from './extractions/extract.stage.js';
import { RetentionJob } from './calls/retention.job.js';
import { UserDataService } from './calls/user-data.service.js';
import { ScheduledExtractions } from './extractions/scheduled-extractions.js';
import { AssembleJob } from './receiver/assemble.job.js';
import { ReceivedRepository } from './receiver/received.repository.js';
import { ResolveModelsJob } from './models/resolve-models.job.js';

const QUEUE = commandQueue('ingest');
/** The names of one candidate book hold for all calls, so that the id only tells requests apart. */
const RESOLVE_MODELS_JOB = workJob('resolve-models');
/** By the id of the source. */
const ASSEMBLE_JOB = workJob('assemble-received');
const RETENTION_JOB = workJob('retention');
/** Reading waits on the backend more than on this process. */
const CONCURRENCY = 2;
/** More are put on the queue at the next look. */
const RECONCILED_AT_ONCE = 100;

@Injectable()
export class IngestJobs {
  constructor(
    readonly extract: ExtractJob,
    readonly extractStage: ExtractStage,
    readonly resolveModels: ResolveModelsJob,
    readonly assemble: AssembleJob,
    readonly retention: RetentionJob,
  ) {}
}

/** What PostgreSQL knows to be due. */
@Injectable()
export class IngestDue {
  constructor(
    readonly scheduled: ScheduledExtractions,
    readonly extractions: ExtractionRepository,
    readonly received: ReceivedRepository,
    readonly userData: UserDataService,
  ) {}
}

@Injectable()
export class IngestWork implements ServiceWork {
  constructor(
    private readonly jobs: IngestJobs,
    private readonly due: IngestDue,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
  ) {}

  queues(): WorkedQueue[] {
    const { extract, extractStage, resolveModels, assemble, retention } = this.jobs;
    const routes = [
      route(
        EXTRACT_JOB,
        ({ id }, context) => extract.run(id, context),
        ({ id }) => extract.giveUp(id),
      ),
      route(ASSEMBLE_JOB, ({ id }, context) => assemble.run(id, context)),
      route(RETENTION_JOB, ({ id }, { signal }) => retention.run(id, signal)),
      route(RESOLVE_MODELS_JOB, (_item, { signal }) => resolveModels.run(signal)),
      stageRoute({
        queue: this.queue,
        readRetrain: (id) => runningRetrain(this.dataSource, id),
        stages: { extract: (retrain, report, context) => extractStage.run(retrain, report, context) },
      }),
    ];
    return [{ queue: QUEUE, routes, concurrency: CONCURRENCY }];
  }

  async reconcile(): Promise<void> {
    const { scheduled, extractions, received, userData } = this.due;
    const again = async (job: typeof EXTRACT_JOB, ids: readonly string[]) => {
      for (const id of ids) await this.queue.add(QUEUE, job, { id });
    };
    await scheduled.makeDue();
    await again(EXTRACT_JOB, await extractions.unfinished(RECONCILED_AT_ONCE));
    await again(ASSEMBLE_JOB, await received.waitingSources());
    await again(RETENTION_JOB, await this.jobs.retention.overdue());
    await received.forget();
    await userData.goOn();
    await extractions.endReceivedDays();
  }
}
