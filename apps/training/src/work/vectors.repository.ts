import { Injectable } from '@nestjs/common';
import { dependencyFailure } from '@signalbox/database';
import { DataSource } from 'typeorm';
import { z } from 'zod';

const row = z.object({ text_hash: z.string(), vector: z.instanceof(Uint8Array) });

/** The vectors that embedding publishes. */
@Injectable()
export class VectorsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Those of the texts that were embedded in this space, packed: text k has the numbers from k * dim. */
  async load(
    texts: readonly string[],
    space: string,
    dim: number,
  ): Promise<{ texts: string[]; vectors: Float32Array }> {
    const bytes = new Uint8Array(texts.length * dim * Float32Array.BYTES_PER_ELEMENT);
    const found: string[] = [];
    const runner = this.dataSource.createQueryRunner();
    try {
      const stream: AsyncIterable<unknown> = await runner.stream(
        'select text_hash, vector from embedding.vector_v1 where space = $1 and dim = $2 and text_hash = any($3::text[]) order by 1',
        [space, dim, texts],
      );
      for await (const each of stream) {
        const { text_hash: text, vector } = row.parse(each);
        bytes.set(vector, found.length * dim * Float32Array.BYTES_PER_ELEMENT);
        found.push(text);
      }
    } catch (error) {
      throw dependencyFailure(error, 'Training', 'embedding');
    } finally {
      await runner.release();
    }
    return { texts: found, vectors: new Float32Array(bytes.buffer, 0, found.length * dim) };
  }
}
