import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { createEmbedder, type Embedder } from '@signalbox/embedders';

/** Two workers embed 1.7 times what one does; each holds its own model, and PostgreSQL needs a core too. */
const MAX_WORKERS = 2;

/** The one embedder of this process: made when it is first needed, given back when the last bulk work has ended. */
@Injectable()
export class SharedEmbedder {
  private embedder: Promise<Embedder> | null = null;
  private users = 0;

  /**
   * Lends the embedder.
   * @param release ends its workers afterwards, unless somebody else still uses them; else they end when they have been idle
   */
  async use<T>(work: (embedder: Embedder) => Promise<T>, { release }: { release: boolean }): Promise<T> {
    this.embedder ??= createEmbedder({ provider: 'use-lite', workers: Math.min(MAX_WORKERS, availableParallelism()) });
    this.users += 1;
    try {
      return await work(await this.embedder);
    } finally {
      this.users -= 1;
      if (release && this.users === 0) await this.close();
    }
  }

  /** Ends the workers; what is being embedded fails. */
  async close(): Promise<void> {
    const closing = this.embedder;
    this.embedder = null;
    await (await closing)?.close();
  }
}
