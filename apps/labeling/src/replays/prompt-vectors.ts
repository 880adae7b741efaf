import { isMissingView } from '@signalbox/database';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createEmbedder, type Embedder, spaceId, textHash, USE_LITE_SPACE } from '@signalbox/embedders';
import { DataSource } from 'typeorm';

/** One worker: a replay is planned beside labelling runs, which wait for other machines. */
const WORKERS = 1;

/** Vectors of prompts: those that embedding has, else made here, so that calls of the last minutes can be drawn as well. */
@Injectable()
export class PromptVectors implements OnApplicationShutdown {
  /** Its worker ends by itself when it has been idle. */
  private embedder: Promise<Embedder> | null = null;

  constructor(private readonly dataSource: DataSource) {}

  /** In the order of the texts; null for one that holds white space alone. */
  async of(texts: readonly string[]): Promise<(Float32Array | null)[]> {
    const hashes = texts.map(textHash);
    const vectors = await this.known(hashes);
    const missing = new Map<string, string>();
    for (const [i, text] of texts.entries()) {
      const hash = hashes[i] ?? '';
      if (!vectors.has(hash) && text.trim() !== '') missing.set(hash, text);
    }
    if (missing.size > 0) {
      this.embedder ??= createEmbedder({ provider: 'use-lite', workers: WORKERS });
      const made = await (await this.embedder).embedAll([...missing.values()]);
      for (const [i, hash] of [...missing.keys()].entries()) {
        const vector = made[i];
        if (vector) vectors.set(hash, vector);
      }
    }
    return hashes.map((hash) => vectors.get(hash) ?? null);
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.embedder)?.close();
  }

  private async known(hashes: readonly string[]): Promise<Map<string, Float32Array>> {
    try {
      const rows = await this.dataSource.query<{ hash: string; vector: Uint8Array }[]>(
        'select text_hash as hash, vector from embedding.vector_v1 where space = $1 and text_hash = any($2::text[])',
        [spaceId(USE_LITE_SPACE), [...new Set(hashes)]],
      );
      // A copy: the bytes from the socket need not begin where a float may.
      return new Map(rows.map(({ hash, vector }) => [hash, new Float32Array(Uint8Array.from(vector).buffer)]));
    } catch (error) {
      if (isMissingView(error)) return new Map();
      throw error;
    }
  }
}
