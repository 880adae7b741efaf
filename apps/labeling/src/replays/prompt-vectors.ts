import { isMissingView } from '@signalbox/database';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OwnEmbedder, spaceId, textHash } from '@signalbox/embedders';
import { DataSource } from 'typeorm';

/** Vectors of prompts: those that embedding has, else made here, so that calls of the last minutes can be drawn as well. */
@Injectable()
export class PromptVectors implements OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly own: OwnEmbedder,
  ) {}

  /** In the order of the texts; null for one that holds white space alone. */
  async of(texts: readonly string[]): Promise<(Float32Array | null)[]> {
    const hashes = texts.map(textHash);
    const vectors = await this.known(spaceId(await this.own.space()), hashes);
    const missing = new Map<string, string>();
    for (const [i, text] of texts.entries()) {
      const hash = hashes[i] ?? '';
      if (!vectors.has(hash) && text.trim() !== '') missing.set(hash, text);
    }
    if (missing.size > 0) {
      const made = await this.own.use((embedder) => embedder.embedAll([...missing.values()]), { release: false });
      for (const [i, hash] of [...missing.keys()].entries()) {
        const vector = made[i];
        if (vector) vectors.set(hash, vector);
      }
    }
    return hashes.map((hash) => vectors.get(hash) ?? null);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.own.close();
  }

  private async known(space: string, hashes: readonly string[]): Promise<Map<string, Float32Array>> {
    try {
      const rows = await this.dataSource.query<{ hash: string; vector: Uint8Array }[]>(
        'select text_hash as hash, vector from embedding.vector_v1 where space = $1 and text_hash = any($2::text[])',
        [space, [...new Set(hashes)]],
      );
      // A copy: the bytes from the socket need not begin where a float may.
      return new Map(rows.map(({ hash, vector }) => [hash, new Float32Array(Uint8Array.from(vector).buffer)]));
    } catch (error) {
      if (isMissingView(error)) return new Map();
      throw error;
    }
  }
}
