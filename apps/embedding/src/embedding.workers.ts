import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { commandQueue, retrainRequest, type RetrainRow } from '@signalbox/contracts';
import { needing } from '@signalbox/database';
import { JobQueue, stageRoute } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { EMBEDDING_ENVIRONMENT, type EmbeddingEnvironment } from './embedding.environment.js';
import { EmbedStage } from './vectors/embed.stage.js';
import { SharedEmbedder } from './vectors/shared-embedder.js';

/** One stage fills every worker thread. */
const CONCURRENCY = 1;

/** Takes commands from the queue. What is unfinished here is a stage of a retrain, which training asks for again. */
@Injectable()
export class EmbeddingWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly embed: EmbedStage,
    private readonly embedder: SharedEmbedder,
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
    @Inject(EMBEDDING_ENVIRONMENT) private readonly environment: EmbeddingEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    if (this.environment.role === 'api') return;
    const stages = stageRoute({
      queue: this.queue,
      readRetrain: (id) => this.retrain(id),
      stages: { embed: (_retrain, report) => this.embed.run(report) },
    });
    this.queue.work(commandQueue('embedding'), [stages], CONCURRENCY);
  }

  /** A stage under way is broken off rather than waited for: the queue gives it out again, and stored vectors stay. */
  async beforeApplicationShutdown(): Promise<void> {
    // The queue is told first, so that the failure which the closed embedder causes is not counted as an attempt.
    const closed = this.environment.role === 'api' ? undefined : this.queue.close();
    await this.embedder.close();
    await closed;
  }

  /** A retrain that runs; null when it is gone, ended or cancelled. */
  private async retrain(id: string): Promise<RetrainRow | null> {
    const [row] = await needing(
      'training',
      'A retrain',
      this.dataSource.query<{ router: string; request: unknown; outputs: RetrainRow['outputs'] }[]>(
        `select router, request, outputs from training.retrain_v1 where id = $1 and status = 'RUNNING'`,
        [id],
      ),
    );
    return row ? { id, router: row.router, request: retrainRequest.parse(row.request), outputs: row.outputs } : null;
  }
}
