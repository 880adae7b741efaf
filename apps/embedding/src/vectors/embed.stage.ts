import { Injectable } from '@nestjs/common';
import { OwnEmbedder, spaceId, type Embedder } from '@signalbox/embedders';
import type { JobContext, StageOutput, StageProgress } from '@signalbox/queue';
import { VectorsRepository, type WantedText } from './vectors.repository.js';

/** What a killed stage embeds again at the most: a few seconds of work. Progress is told as often. */
const BATCH = 128;
/** While the end of one batch keeps a single worker busy, the others are at the next one. */
const BATCHES_AT_ONCE = 2;

/** Embeds each distinct text that a router can learn from, once. Vectors depend on the text alone, so it may stop and go on anywhere. */
@Injectable()
export class EmbedStage {
  constructor(
    private readonly vectors: VectorsRepository,
    private readonly own: OwnEmbedder,
  ) {}

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE when ingest or labeling is not there, or why the texts cannot be embedded */
  async run(report: (progress: StageProgress) => Promise<void>, { fence }: JobContext): Promise<StageOutput> {
    const space = spaceId(await this.own.space());
    const { texts, embedded } = await this.vectors.count(space);
    const progress = (done: number) => report({ done, total: texts, unit: 'texts', costUsd: null });
    await progress(embedded);
    if (embedded < texts) {
      await this.own.use((embedder) => this.embedMissing(embedder, { space, fence }, embedded, progress), {
        release: true,
      });
    }
    return { ...(await this.vectors.count(space)), space };
  }

  private async embedMissing(
    embedder: Embedder,
    { space, fence }: { space: string; fence: JobContext['fence'] },
    before: number,
    progress: (done: number) => Promise<void>,
  ): Promise<void> {
    let done = before;
    const embed = async (batch: readonly WantedText[]) => {
      const embedded = await embedder.embedDetailed(batch.map(({ text }) => text));
      const rows = embedded.flatMap(({ vector, chunks }, i) => {
        const wanted = batch[i];
        return wanted ? [{ textHash: wanted.textHash, callId: wanted.callId, vector, chunks }] : [];
      });
      await this.vectors.insert(space, rows, fence);
      done += batch.length;
      await progress(done);
    };
    const running: Promise<void>[] = [];
    try {
      for await (const batch of this.batches(space)) {
        if (running.length === BATCHES_AT_ONCE) await running.shift();
        const work = embed(batch);
        work.catch(() => undefined); // it is awaited below, perhaps after another one has failed
        running.push(work);
      }
      await Promise.all(running);
    } finally {
      await Promise.allSettled(running);
    }
  }

  private async *batches(space: string): AsyncGenerator<WantedText[]> {
    let batch: WantedText[] = [];
    for await (const wanted of this.vectors.missing(space)) {
      // PostgreSQL's white space and JavaScript's differ in rare characters; the embedder refuses what JavaScript calls blank.
      if (wanted.text.trim() === '') continue;
      if (batch.push(wanted) < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}
