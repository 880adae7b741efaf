import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { dependencyFailure } from '@signalbox/database';
import type { ObjectStore } from '@signalbox/object-store';
import { toOnnx } from '@signalbox/routers';
import { loadVersion, nameOfSpace, sameSpace, type EmbeddingSpace } from '@signalbox/runtime';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { OBJECT_STORE } from '../training.environment.js';
import { DatasetVectors } from '../work/dataset-vectors.js';
import { headerOf } from '../work/stored-model.js';
import type { Champion, PackedVectors, Prompt } from '../work/tasks.js';

const splitFacts = z.object({ cut: z.iso.datetime().nullable() });

/** What a champion is compared on. */
export interface ComparedData {
  hash: string;
  candidates: readonly string[];
  space: EmbeddingSpace;
  /** Texts that it is compared on. */
  prompts: readonly Prompt[];
}

/** The version that is in production. */
@Injectable()
export class ChampionRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly vectors: DatasetVectors,
  ) {}

  /**
   * Null while no version is in production.
   * @throws SignalboxError CONFLICT when the champion cannot be compared on these vectors and candidates, or nobody knows what it
   *   was trained on; otherwise why its artefact cannot be read
   */
  async of(router: string, { hash, candidates, space, prompts }: ComparedData): Promise<Champion | null> {
    const version = await this.version(router);
    if (version === null) return null;
    const loaded = await loadVersion(this.store, router, version);
    if (!loaded.ok) throw new SignalboxError(loaded.error.code, `champion ${router}@${version}: ${loaded.error.hint}`);
    const { name, model, embedding, exploration, manifest } = loaded.value;
    if (JSON.stringify(model.candidates) !== JSON.stringify(candidates)) {
      throw new SignalboxError(
        'CONFLICT',
        `champion ${name} knows other candidates than this dataset has: the two cannot be paired.`,
      );
    }
    const own = embedding === null || sameSpace(embedding, space) ? null : await this.own(name, embedding, prompts);
    const ownData = manifest.datasetHash !== null && manifest.datasetHash !== hash ? manifest.datasetHash : null;
    const unseenFromMs = ownData === null ? null : await this.cutOf(name, ownData);
    return { name, model: { onnx: toOnnx(model), header: headerOf(model) }, exploration, unseenFromMs, own };
  }

  /** A champion that reads vectors of another space is compared by those, where there is one of every text. */
  private async own(champion: string, space: EmbeddingSpace, prompts: readonly Prompt[]): Promise<PackedVectors> {
    const own = await this.vectors.of(nameOfSpace(space), prompts);
    if (own.texts.length === prompts.length) return own;
    throw new SignalboxError(
      'CONFLICT',
      `champion ${champion} reads other vectors than this dataset has, ${nameOfSpace(space)}, and only ` +
        `${own.texts.length} of ${prompts.length} prompts have one: the two cannot be paired.`,
    );
  }

  /** The time from which on a champion was trained on nothing. */
  private async cutOf(champion: string, hash: string): Promise<number> {
    const [row] = await this.dataSource.query<{ split: unknown }[]>(
      'select split from training.dataset where hash = $1 order by id limit 1',
      [hash],
    );
    const split = splitFacts.safeParse(row?.split);
    if (split.success && split.data.cut !== null) return Date.parse(split.data.cut);
    const why = row ? 'was split at random, not by time' : 'is not known here';
    throw new SignalboxError(
      'CONFLICT',
      `champion ${champion}: dataset ${hash} ${why}, so which prompts it was trained on cannot be told.`,
    );
  }

  private async version(router: string): Promise<number | null> {
    try {
      const [row] = await this.dataSource.query<{ version: number }[]>(
        `select version from registry.alias_v1 where router = $1 and alias = 'champion'`,
        [router],
      );
      return row?.version ?? null;
    } catch (error) {
      throw dependencyFailure(error, 'The champion', 'registry');
    }
  }
}
