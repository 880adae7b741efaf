import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type DatasetRow } from '@signalbox/contracts';
import { pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { textHash } from '@signalbox/datasets';
import type { ObjectStore } from '@signalbox/object-store';
import { validate as isUuid } from 'uuid';
import { OBJECT_STORE } from '../training.environment.js';
import { DatasetVectors } from '../work/dataset-vectors.js';
import { DatasetPart, OutcomeSource, type DatasetOutcomeType, type DatasetRowType } from './dataset-row.type.js';
import { DatasetsRepository } from './datasets.repository.js';
import { SnapshotFile } from './snapshot-file.js';

/** Files whose rows are known by place, so that a page does not read all of its file. */
const OPEN_FILES = 4;

type Cell = NonNullable<DatasetRow['logged']>;

/** The rows of frozen datasets, for people and exports. */
@Injectable()
export class DatasetRowsService {
  private readonly files = new Map<string, Promise<SnapshotFile>>();

  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly vectors: DatasetVectors,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * A page in order of the ids; empty until the dataset is frozen. Rows of calls that are forgotten between two pages are not in
   * the second, and no other is missed or there twice.
   * @throws SignalboxError INVALID_INPUT, ARTIFACT_CORRUPT when the file is not as it was frozen
   */
  async page(id: string, first: number | null, after: string | null): Promise<Connection<DatasetRowType>> {
    const asked = pageAsked(first, after, isUuid);
    const { embedding, rows } = await this.rowsAfter(id, asked.after, asked.size + 1);
    const shown = rows.map((row) => shownRow(row, embedding));
    return pageOf<DatasetRowType>(shown, asked, (row) => row.id);
  }

  /** Little-endian float32 in base64, by text; without those of texts that were never embedded, or are forgotten. */
  async vectorsOf(embedding: string, queries: readonly string[]): Promise<Map<string, string>> {
    const byHash = new Map(queries.map((query) => [textHash(query), query]));
    const prompts = Array.from(byHash, ([hash, query]) => ({ textHash: hash, query }));
    const { texts, vectors, dim } = await this.vectors.of(embedding, prompts);
    return new Map(
      texts.map((text, k) => {
        const vector = vectors.subarray(k * dim, (k + 1) * dim);
        const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
        return [byHash.get(text) ?? '', bytes.toString('base64')];
      }),
    );
  }

  /** The file may be replaced, since calls were forgotten, between the look at the dataset and the look at the file. */
  private async rowsAfter(id: string, after: string | null, count: number) {
    for (let missed: string | null = null; ;) {
      const dataset = await this.datasets.find(id);
      if (!dataset) throw new SignalboxError('NOT_FOUND', `There is no dataset ${id}.`);
      const { embedding, storedHash: hash } = dataset;
      if (hash === null) return { embedding, rows: [] };
      try {
        const file = await this.opened(hash);
        return { embedding, rows: await file.rowsAfter(after, count) };
      } catch (error) {
        this.files.delete(hash);
        if (!(error instanceof SignalboxError) || error.code !== 'NOT_FOUND' || hash === missed) throw error;
        missed = hash;
      }
    }
  }

  private opened(hash: string): Promise<SnapshotFile> {
    const file = this.files.get(hash) ?? SnapshotFile.open(this.store, hash);
    this.files.delete(hash);
    this.files.set(hash, file);
    for (const oldest of this.files.keys()) {
      if (this.files.size <= OPEN_FILES) break;
      this.files.delete(oldest);
    }
    return file;
  }
}

function shownRow(row: DatasetRow, embedding: string): DatasetRowType {
  const { id, query, task, group, startedAt, loggedCandidate, logged, replayed, inRandomSlice } = row;
  const replayedOutcomes = Object.entries(replayed).map(([candidate, cell]) => outcomeOf(candidate, cell));
  return {
    ...{ id, query, task, group, inRandomSlice, embedding },
    part: PARTS[row.part],
    startedAt: startedAt === null ? null : new Date(startedAt),
    outcomes: [
      ...(logged !== null && loggedCandidate !== null ? [outcomeOf(loggedCandidate, logged)] : []),
      ...replayedOutcomes,
    ],
  };
}

const PARTS: Record<DatasetRow['part'], DatasetPart> = {
  train: DatasetPart.TRAIN,
  test: DatasetPart.TEST,
  spanning: DatasetPart.SPANNING,
  embargo: DatasetPart.EMBARGO,
};

function outcomeOf(candidate: string, cell: Cell): DatasetOutcomeType {
  const { performance, labeler, costUsd, responseTimeSeconds, propensity, source } = cell;
  return {
    ...{ candidate, performance, labeler },
    source: source === 'logged' ? OutcomeSource.LOGGED : OutcomeSource.REPLAYED,
    costUsd: costUsd ?? null,
    responseTimeSeconds: responseTimeSeconds ?? null,
    propensity: propensity ?? null,
  };
}
