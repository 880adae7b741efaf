import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import type { ObjectStore } from '@signalbox/object-store';
import type { JobContext, StageProgress } from '@signalbox/queue';
import { OBJECT_STORE } from '../training.environment.js';
import { errorOf, givenUp, problemOf } from '../work/end-of-work.js';
import { WorkerPool } from '../work/worker-pool.js';
import { storeEmbedder, storeSnapshot } from './dataset-key.js';
import { datasetRequest } from './dataset-request.js';
import { DatasetEntity } from './dataset.entity.js';
import { DatasetsRepository } from './datasets.repository.js';
import { KnownCallsRepository, namesOf } from './known-calls.repository.js';
import { LabelingRepository } from './labeling.repository.js';
import { closeScratchFile, openScratchFile, piecesOf, ScratchWriter } from './scratch-file.js';

/** Calls between two reports of progress. */
const REPORT_EVERY = 2_000;

export type Report = (progress: StageProgress) => Promise<void>;

/** Reads what is known, freezes it and stores the snapshot. Done again it reads again and stores the same bytes. */
@Injectable()
export class FreezeJob {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly known: KnownCallsRepository,
    private readonly labeling: LabelingRepository,
    private readonly pool: WorkerPool,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Does the work unless it is done, and keeps an expected failure on the row.
   * @throws SignalboxError the problem of a dataset that failed
   */
  async run(id: string, { fence }: JobContext, report: Report = () => Promise.resolve()): Promise<DatasetEntity> {
    const dataset = await this.datasets.find(id);
    if (!dataset) throw new SignalboxError('NOT_FOUND', `There is no dataset ${id}.`);
    if (dataset.status !== JobStatus.SUCCEEDED && !dataset.problem) await this.freeze(dataset, report, fence);
    const ended = await this.datasets.find(id);
    if (ended?.problem) throw errorOf(ended.problem);
    if (ended?.status !== JobStatus.SUCCEEDED) throw new Error(`dataset ${id} did not end`);
    return ended;
  }

  /** The row has the problem of one that failed; the queue has no reason to try again. */
  async runByHand(id: string, context: JobContext): Promise<void> {
    await this.run(id, context).catch((error: unknown) => {
      if (!(error instanceof SignalboxError)) throw error;
    });
  }

  async giveUp(id: string, error: Error): Promise<void> {
    await this.datasets.fail(id, givenUp(`dataset ${id}`, error));
  }

  private async freeze(dataset: DatasetEntity, report: Report, fence: JobContext['fence']): Promise<void> {
    const opened: number[] = [];
    const scratch = () => {
      const descriptor = openScratchFile();
      opened.push(descriptor);
      return descriptor;
    };
    try {
      const [lines, into] = [scratch(), scratch()];
      const { router, retrainId, embedding } = dataset;
      const request = datasetRequest.parse(dataset.request);
      const candidates = await this.known.candidatesOf(router);
      const nameOf = namesOf(candidates);
      const tell = (calls: number) => this.tell(dataset.id, calls, report);
      await spool(this.known.lines({ router, retrainId, request }, nameOf), lines, tell);
      const facts = { candidates, request, embedding, labelPolicy: await this.labeling.policy() };
      const { assembled } = await this.pool.run('assemble', { kind: 'assemble', lines, into, nameOf, facts });
      const { metaText, judged, embedder, ...frozen } = assembled;
      const judges = await this.labeling.judges(judged);
      await this.datasets.willStore(dataset.id, frozen.hash);
      if (embedder) await storeEmbedder(this.store, embedder);
      await storeSnapshot(this.store, { hash: frozen.hash, bytes: contentOf(into), metaText });
      const names = candidates.map(({ name }) => name);
      await this.datasets.succeed(dataset.id, { ...frozen, candidates: names, judges }, fence);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      await this.datasets.fail(dataset.id, problemOf(error));
    } finally {
      for (const descriptor of opened) closeScratchFile(descriptor);
    }
  }

  private async tell(id: string, done: number, report: Report): Promise<void> {
    const progress = { done, total: null, unit: 'prompts', costUsd: null };
    await this.datasets.progress(id, progress);
    await report(progress);
  }
}

async function spool(
  lines: AsyncIterable<string>,
  into: number,
  tell: (count: number) => Promise<void>,
): Promise<void> {
  const writer = new ScratchWriter(into);
  let count = 0;
  for await (const line of lines) {
    writer.write(Buffer.from(`${line}\n`, 'utf8'));
    count += 1;
    if (count % REPORT_EVERY === 0) await tell(count);
  }
  writer.flush();
  await tell(count);
}

async function* contentOf(descriptor: number): AsyncGenerator<Uint8Array> {
  for (const piece of piecesOf(descriptor)) {
    yield piece;
    // The API is answered between two pieces.
    await setImmediate();
  }
}
