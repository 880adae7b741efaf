import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { dependencyFailure } from '@signalbox/database';
import type { ObjectStore } from '@signalbox/object-store';
import { toOnnx } from '@signalbox/routers';
import { loadVersion, type EmbeddingSpace } from '@signalbox/runtime';
import { DataSource } from 'typeorm';
import { OBJECT_STORE } from '../training.environment.js';
import { headerOf } from '../work/stored-model.js';
import type { Champion } from '../work/tasks.js';

/** The version that is in production. */
@Injectable()
export class ChampionRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Null while no version is in production.
   * @throws SignalboxError CONFLICT when the champion cannot be compared on these vectors and candidates; otherwise why its
   *   artefact cannot be read
   */
  async of(router: string, candidates: readonly string[], space: EmbeddingSpace): Promise<Champion | null> {
    const version = await this.version(router);
    if (version === null) return null;
    const loaded = await loadVersion(this.store, router, version);
    if (!loaded.ok) throw new SignalboxError(loaded.error.code, `champion ${router}@${version}: ${loaded.error.hint}`);
    const { name, model, embedding } = loaded.value;
    const sameCandidates = JSON.stringify(model.candidates) === JSON.stringify(candidates);
    if (!sameCandidates || (embedding !== null && !isSame(embedding, space))) {
      const differs = sameCandidates ? 'reads other vectors' : 'knows other candidates';
      throw new SignalboxError(
        'CONFLICT',
        `champion ${name} ${differs} than this dataset has: the two cannot be paired.`,
      );
    }
    return { name, model: { onnx: toOnnx(model), header: headerOf(model) } };
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

function isSame(left: EmbeddingSpace, right: EmbeddingSpace): boolean {
  const { provider, model, revision, dim, normalised } = left;
  const same = provider === right.provider && model === right.model && revision === right.revision;
  return same && dim === right.dim && normalised === right.normalised;
}
