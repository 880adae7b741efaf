import { Injectable } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { runningRetrain } from '@signalbox/database';
import { type ServiceWork } from '@signalbox/platform';
import { JobQueue, stageRoute, type WorkedQueue } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { EmbedStage } from './vectors/embed.stage.js';
import { SharedEmbedder } from './vectors/shared-embedder.js';

/** One stage fills every worker thread. */
const CONCURRENCY = 1;

@Injectable()
export class EmbeddingWork implements ServiceWork {
  constructor(
    private readonly embed: EmbedStage,
    private readonly embedder: SharedEmbedder,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
  ) {}

  queues(): WorkedQueue[] {
    const stages = stageRoute({
      queue: this.queue,
      readRetrain: (id) => runningRetrain(this.dataSource, id),
      stages: { embed: (_retrain, report, context) => this.embed.run(report, context) },
    });
    return [{ queue: commandQueue('embedding'), routes: [stages], concurrency: CONCURRENCY }];
  }

  /** What is unfinished here is a stage of a retrain, which training asks for again. */
  reconcile(): Promise<void> {
    return Promise.resolve();
  }

  /** A stage under way is broken off rather than waited for: the queue gives it out again, and stored vectors stay. */
  stop(): Promise<void> {
    return this.embedder.close();
  }
}
