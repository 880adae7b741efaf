import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { createEmbedder, type Embedder } from '@signalbox/embedders';

/** Embeds prompts in a worker thread, which starts with the first prompt that needs a vector. */
@Injectable()
export class QueryEmbedder implements OnApplicationShutdown {
  private readonly log = new Logger('registry');
  private embedder: Promise<Embedder> | null = null;

  /** Null when the embedder is down: the decision then counts the prompt as unfamiliar. @throws SignalboxError INVALID_INPUT */
  async vectorOf(query: string): Promise<Float32Array | null> {
    try {
      this.embedder ??= createEmbedder({ provider: 'use-lite' });
      const [vector] = await (await this.embedder).embedAll([query]);
      return vector ?? null;
    } catch (error) {
      if (error instanceof SignalboxError) throw error;
      this.log.error(`a prompt was not embedded: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.embedder)?.close();
  }
}
