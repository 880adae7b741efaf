import { Injectable } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { runningRetrain } from '@signalbox/database';
import { OwnEmbedder } from '@signalbox/embedders';
import { type ServiceWork } from '@signalbox/platform';
import { FORGET, FORGET_JOB, JobQueue, route, stageRoute, type WorkedQueue } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { EmbedStage } from './vectors/embed.stage.js';
import { ForgetJob } from './vectors/forget.job.js';

/** One stage fills every worker thread. */
const CONCURRENCY = 1;
const QUEUE = commandQueue('embedding');

@Injectable()
export class EmbeddingWork implements ServiceWork {
  constructor(
    private readonly embed: EmbedStage,
    private readonly forget: ForgetJob,
    private readonly embedder: OwnEmbedder,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
  ) {}

  queues(): WorkedQueue[] {
    const stages = stageRoute({
      queue: this.queue,
      readRetrain: (id) => runningRetrain(this.dataSource, id),
      stages: { embed: (_retrain, report, context) => this.embed.run(report, context) },
    });
    const forget = route(FORGET_JOB, (_item, context) => this.forget.run(context));
    return [{ queue: QUEUE, routes: [stages, forget], concurrency: CONCURRENCY }];
  }

  /** An unfinished stage of a retrain is asked for again by training. */
  async reconcile(): Promise<void> {
    if (await this.forget.isDue()) await this.queue.add(QUEUE, FORGET_JOB, FORGET);
  }

  /** A stage under way is broken off rather than waited for: the queue gives it out again, and stored vectors stay. */
  stop(): Promise<void> {
    return this.embedder.close();
  }
}
