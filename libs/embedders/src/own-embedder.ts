import { SignalboxError } from '@signalbox/contracts';
import { embedderFiles } from './embedder-folder.js';
import { createEmbedder, type Embedder, type ChosenEmbedder } from './embedder.js';
import { spaceId, type EmbeddingSpace } from './embedding-space.js';

export interface OwnEmbedderLimits {
  /** Threads of a provider that runs here. */
  workers: number;
  /** Of a provider that is a server: how long it may take, where a caller waits for one vector. */
  timeoutSeconds?: number;
  /** Of a server that is busy or away. */
  retries?: number;
}

/** The one embedder of a service, as the operator chose it: made when it is first needed, and in one space for as long as the service runs. */
export class OwnEmbedder {
  private made: Promise<Embedder> | null = null;
  private known: EmbeddingSpace | null = null;
  private users = 0;

  constructor(
    private readonly options: ChosenEmbedder,
    private readonly limits: OwnEmbedderLimits,
  ) {}

  get provider(): ChosenEmbedder['provider'] {
    return this.options.provider;
  }

  /** What versions of routers shall carry; null when they name their space alone. @throws SignalboxError EMBEDDER_FOLDER_INVALID */
  async files(): Promise<ReadonlyMap<string, string> | null> {
    const { options } = this;
    return 'inArtefact' in options && options.inArtefact ? embedderFiles(options) : null;
  }

  /** A server is asked once. @throws SignalboxError as `createEmbedder`, or EMBEDDER_CHANGED */
  async space(): Promise<EmbeddingSpace> {
    return this.known ?? (await this.embedder()).space;
  }

  /**
   * Lends the embedder.
   * @param release ends its workers afterwards, unless somebody else still uses them; else they end when they have been idle
   * @throws SignalboxError as `createEmbedder`, or EMBEDDER_CHANGED
   */
  async use<T>(work: (embedder: Embedder) => Promise<T>, { release }: { release: boolean }): Promise<T> {
    this.users += 1;
    try {
      return await work(await this.embedder());
    } finally {
      this.users -= 1;
      if (release && this.users === 0) await this.close();
    }
  }

  /** Ends the workers; what is being embedded fails. The next use starts them again. */
  async close(): Promise<void> {
    const closing = this.made;
    this.made = null;
    await (await closing?.catch(() => null))?.close();
  }

  private embedder(): Promise<Embedder> {
    const made = (this.made ??= this.make());
    // A server that was away may be back at the next call.
    made.catch(() => {
      if (this.made === made) this.made = null;
    });
    return made;
  }

  private async make(): Promise<Embedder> {
    const embedder = await createEmbedder({ ...this.options, ...this.limits });
    this.known ??= embedder.space;
    const [now, before] = [spaceId(embedder.space), spaceId(this.known)];
    if (now === before) return embedder;
    await embedder.close();
    throw new SignalboxError('EMBEDDER_CHANGED', `Vectors of ${now} would be made, after those of ${before}.`);
  }
}
