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
import { AssembleJob } from './receiver/assemble.job.js';
import { ReceivedRepository } from './receiver/received.repository.js';
import { ResolveModelsJob } from './models/resolve-models.job.js';

const QUEUE = commandQueue('ingest');
/** The names of one candidate book hold for all calls, so that the id only tells requests apart. */
const RESOLVE_MODELS_JOB = workJob('resolve-models');
/** By the id of the source that received. */
const ASSEMBLE_JOB = workJob('assemble-received');
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
  ) {}
}

@Injectable()
export class IngestWork implements ServiceWork {
  constructor(
    private readonly jobs: IngestJobs,
    private readonly extractions: ExtractionRepository,
    private readonly received: ReceivedRepository,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
  ) {}

  queues(): WorkedQueue[] {
    const { extract, extractStage, resolveModels, assemble } = this.jobs;
    const routes = [
      route(
        EXTRACT_JOB,
        ({ id }, context) => extract.run(id, context),
        ({ id }) => extract.giveUp(id),
      ),
      route(ASSEMBLE_JOB, ({ id }, context) => assemble.run(id, context)),
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
    for (const id of await this.extractions.unfinished(RECONCILED_AT_ONCE))
      await this.queue.add(QUEUE, EXTRACT_JOB, { id });
    for (const id of await this.received.waitingSources()) await this.queue.add(QUEUE, ASSEMBLE_JOB, { id });
    await this.extractions.endReceivedDays();
  }
}
