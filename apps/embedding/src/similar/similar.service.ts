import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { pageSizeOf } from '@signalbox/contracts/graphql';
import { OwnEmbedder, spaceId } from '@signalbox/embedders';
import { VectorsRepository } from '../vectors/vectors.repository.js';
import type { SimilarCallType } from './similar-call.type.js';

@Injectable()
export class SimilarService {
  constructor(
    private readonly vectors: VectorsRepository,
    private readonly own: OwnEmbedder,
  ) {}

  /**
   * Exact search over every stored vector, nearest first.
   * @throws SignalboxError INVALID_INPUT for an empty text or a number of calls that is no page
   */
  async find(text: string, first: number): Promise<SimilarCallType[]> {
    if (text.trim() === '') throw new SignalboxError('INVALID_INPUT', 'text: expected more than white space');
    const size = pageSizeOf(first);
    const space = spaceId(await this.own.space());
    const [query] = await this.own.use((embedder) => embedder.embedAll([text]), { release: false });
    if (!query) throw new SignalboxError('INTERNAL', 'The text was not embedded.');
    const near: SimilarCallType[] = [];
    for await (const { callId, vector } of this.vectors.all(space)) {
      const similarity = dot(query, vector);
      if (near.length === size && similarity <= (near.at(-1)?.similarity ?? -1)) continue;
      const place = near.findIndex((other) => other.similarity < similarity);
      near.splice(place < 0 ? near.length : place, 0, { call: { id: callId }, similarity });
      near.length = Math.min(near.length, size);
    }
    return near;
  }
}

/** Vectors have length 1, so that this is their cosine; rounding may leave -1..1 by a hair. */
function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < left.length; k += 1) sum += (left[k] ?? 0) * (right[k] ?? 0);
  return Math.min(1, Math.max(-1, sum));
}
