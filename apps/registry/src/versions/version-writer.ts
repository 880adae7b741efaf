import { Inject, Injectable } from '@nestjs/common';
import type { ExplorationPolicy } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import type { FittedModel } from '@signalbox/routers';
import { writeArtefact, type EmbedderFiles, type EmbeddingSpace, type ManifestCandidate } from '@signalbox/runtime';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { accepted } from '../accepted.js';
import { CODE_VERSION, OBJECT_STORE } from '../registry.environment.js';
import type { CandidateSettings } from '../routers/router-settings.js';
import type { RouterEntity } from '../routers/router.entity.js';
import { VersionEntity, type VersionStatus } from './version.entity.js';
import { VersionsRepository } from './versions.repository.js';

/** Artefacts that crashed writers may have left without a version, one after the other. */
const MAX_ORPHANS = 20;

export interface NewVersion {
  router: RouterEntity;
  candidates: readonly CandidateSettings[];
  artefact: {
    model: FittedModel;
    embedding: EmbeddingSpace | null;
    datasetHash: string | null;
    metrics: Record<string, number | null>;
    exploration: ExplorationPolicy;
    /** Of the embedder, where it travels with the version. */
    embedderFiles?: EmbedderFiles;
  };
  status: VersionStatus;
  createdBy: string;
  trainingRunId?: string;
  retrainId?: string;
}

@Injectable()
export class VersionWriter {
  constructor(
    private readonly versions: VersionsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Writes the artefact and then the row, in a transaction that holds the router. Killed in between, the artefact is an orphan that
   * no row names: the same content written again takes its number, other content takes the next one.
   * @throws SignalboxError INVALID_INPUT or DATA_FOLDER_UNWRITABLE
   */
  async write(manager: EntityManager, version: NewVersion): Promise<VersionEntity> {
    const { router, artefact } = version;
    const candidates = artefact.model.candidates.map((name) => manifestCandidate(name, version.candidates));
    const first = await this.versions.nextNumber(manager, router.id);
    for (let number = first; ; number += 1) {
      const input = { ...artefact, router: router.name, version: number, candidates, codeVersion: CODE_VERSION };
      const written = await writeArtefact(this.store, input);
      if (!written.ok && written.error.code === 'CONFLICT' && number < first + MAX_ORPHANS) continue;
      const { uri, sha256, bytes, manifest } = accepted(written);
      const row: Partial<VersionEntity> = {
        id: uuidv7(),
        routerId: router.id,
        version: number,
        routerType: artefact.model.type,
        status: version.status,
        trainingRunId: version.trainingRunId ?? null,
        retrainId: version.retrainId ?? null,
        uri,
        sha256,
        bytes,
        manifest,
        createdBy: version.createdBy,
      };
      return this.versions.insert(manager, Object.assign(new VersionEntity(), row));
    }
  }
}

/** A name that is none of the router's is left without abilities; `register` refuses it before. */
function manifestCandidate(name: string, candidates: readonly CandidateSettings[]): ManifestCandidate {
  const found = candidates.find((candidate) => candidate.name === name);
  return {
    name,
    inputPrice: found?.inputPrice ?? null,
    outputPrice: found?.outputPrice ?? null,
    cachedInputPrice: found?.cachedInputPrice ?? null,
    maxInputTokens: found?.maxInputTokens ?? null,
    capabilities: found?.capabilities ?? [],
    regions: found?.regions ?? [],
    available: found?.available ?? false,
  };
}
