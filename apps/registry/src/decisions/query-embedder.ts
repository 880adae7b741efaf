import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { OwnEmbedder } from '@signalbox/embedders';
import { Seldom } from '@signalbox/platform';
import { nameOfSpace, sameSpace, type EmbeddingSpace, type LoadedVersion } from '@signalbox/runtime';
import { CarriedEmbedders } from './carried-embedders.js';

/** What a decision waits for the vector of its prompt. */
const PATIENCE_MS = 2_000;

/** Embeds prompts for the versions that decide. */
@Injectable()
export class QueryEmbedder implements OnApplicationShutdown {
  private readonly log = new Logger('registry');
  /** A server that is away is so for every decision. */
  private readonly seldom = new Seldom();

  constructor(
    private readonly own: OwnEmbedder,
    private readonly carried: CarriedEmbedders,
  ) {}

  /**
   * Null when the embedder is down: the decision then counts the prompt as unfamiliar.
   * @throws SignalboxError INVALID_INPUT; ARTIFACT_INVALID for a version that reads vectors of another space and carries no embedder
   */
  async vectorOf(query: string, version: LoadedVersion): Promise<Float32Array | null> {
    const { name, embedding } = version;
    if (embedding === null) return null;
    try {
      if (await this.isCarried(version)) return await this.carriedVectorOf(query, version, embedding);
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

  /** The version was whole when it was taken to decide: what happened to its files since stops no decision. */
  private async carriedVectorOf(
    query: string,
    version: LoadedVersion,
    embedding: EmbeddingSpace,
  ): Promise<Float32Array | null> {
    const timer = new AbortController();
    const enough = delay(PATIENCE_MS, null, { signal: timer.signal, ref: false }).catch(() => null);
    const vector = this.carried
      .of(version, embedding)
      .then((embedder) => embedder.embedAll([query]))
      .then(([first]) => first ?? null)
      .catch((error: unknown) => {
        this.tell(`a prompt was not embedded: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      });
    try {
      return await Promise.race([vector, enough]);
    } finally {
      timer.abort();
    }
  }

  /**
   * Makes sure that prompts can be embedded for a version. One that needs an embedder which is down is taken: it decides without
   * vectors until that is back.
   * @throws SignalboxError ARTIFACT_INVALID or ARTIFACT_CORRUPT
   */
  async prepare(version: LoadedVersion): Promise<void> {
    const { name, embedding } = version;
    if (embedding === null) return;
    try {
      if (await this.isCarried(version)) await this.carried.of(version, embedding);
      else refuseOtherSpace(name, embedding, await this.own.space());
    } catch (error) {
      if (!(error instanceof SignalboxError) || !isDown(error)) throw error;
      this.tell(`the embedder did not tell its space: ${error.message}`);
    }
  }

  /** An embedder that travels with the version is used where ours is another one. Servers do not travel, so that none is asked here. */
  private async isCarried({ carriesEmbedder, embedding }: LoadedVersion): Promise<boolean> {
    if (!carriesEmbedder || embedding === null) return false;
    if (embedding.provider !== this.own.provider) return true;
    const own = await this.own.space().catch(() => null); // a folder that is broken here, perhaps
    return own === null || !sameSpace(embedding, own);
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
