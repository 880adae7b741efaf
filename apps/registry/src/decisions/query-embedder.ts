import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { OwnEmbedder } from '@signalbox/embedders';
import { Seldom } from '@signalbox/platform';
import { nameOfSpace, sameSpace, type EmbeddingSpace, type LoadedVersion } from '@signalbox/runtime';

/** Embeds prompts for the versions that decide. */
@Injectable()
export class QueryEmbedder implements OnApplicationShutdown {
  private readonly log = new Logger('registry');
  /** A server that is away is so for every decision. */
  private readonly seldom = new Seldom();

  constructor(private readonly own: OwnEmbedder) {}

  /**
   * Null when the embedder is down: the decision then counts the prompt as unfamiliar.
   * @throws SignalboxError INVALID_INPUT; ARTIFACT_INVALID for a version that reads vectors of another space
   */
  async vectorOf(query: string, { name, embedding }: LoadedVersion): Promise<Float32Array | null> {
    if (embedding === null) return null;
    try {
      const { vector, space } = await this.own.use(
        async (embedder) => ({ vector: (await embedder.embedAll([query]))[0], space: embedder.space }),
        { release: false },
      );
      refuseOtherSpace(name, embedding, space);
      return vector ?? null;
    } catch (error) {
      if (error instanceof SignalboxError && !isDown(error)) throw error;
      this.tell(`a prompt was not embedded: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  /** @returns null when the embedder is down, so that its space is not known */
  async space(): Promise<EmbeddingSpace | null> {
    try {
      return await this.own.space();
    } catch (error) {
      if (!(error instanceof SignalboxError) || !isDown(error)) throw error;
      this.tell(`the embedder did not tell its space: ${error.message}`);
      return null;
    }
  }

  private tell(what: string): void {
    this.seldom.tell(what, (text) => this.log.error(text));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.own.close();
  }
}

/** @throws SignalboxError ARTIFACT_INVALID */
function refuseOtherSpace(name: string, read: EmbeddingSpace, made: EmbeddingSpace): void {
  if (sameSpace(read, made)) return;
  throw new SignalboxError(
    'ARTIFACT_INVALID',
    `${name} reads vectors of ${nameOfSpace(read)}; this process makes ${nameOfSpace(made)}.`,
    'Train again and promote the version that comes of it, or set EMBEDDER as it was.',
  );
}

/** All that may pass without a change here; a decision does not wait for it. */
const isDown = ({ code }: SignalboxError): boolean => code.startsWith('EMBEDDER_');
