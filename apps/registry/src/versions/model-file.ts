import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { EMBEDDER_FILE, OwnEmbedder } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { fromOnnx, type FittedModel } from '@signalbox/routers';
import { accepted } from '../accepted.js';
import { fittedEmbedderKey, nameOfSpace, sameSpace, type EmbedderFiles, type EmbeddingSpace } from '@signalbox/runtime';
import { OBJECT_STORE } from '../registry.environment.js';
import type { TrainingRun } from './training-run.repository.js';

/** Fitted on its dataset: no service has it, so that it travels with every version. */
const FITTED = 'tfidf-svd';

interface TrainedFiles {
  model: FittedModel;
  /** Of an embedder that travels with the version; empty where the space is named alone. */
  embedderFiles: EmbedderFiles;
}

/** The files that a training run left in the object store. */
@Injectable()
export class ModelFile {
  constructor(
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly embedder: OwnEmbedder,
  ) {}

  /** @throws SignalboxError NOT_FOUND, ARTIFACT_CORRUPT (other bytes than were trained), ARTIFACT_INVALID, EMBEDDER_UNREACHABLE */
  async load({ id, status, routerType, header, modelUri, modelSha256, embedding }: TrainingRun): Promise<TrainedFiles> {
    if (status !== 'SUCCEEDED' || modelUri === null || modelSha256 === null || header === null) {
      throw new SignalboxError(
        'CONFLICT',
        `The training run ${id} has no model (it is ${status}).`,
        'Wait for it, or train again.',
      );
    }
    if (header.type !== routerType) {
      throw new SignalboxError(
        'ARTIFACT_INVALID',
        `The training run ${id} is of ${routerType} and its model of ${header.type}.`,
      );
    }
    const embedderFiles = embedding === null ? new Map<string, string>() : await this.embedderOf(embedding);
    const bytes = accepted(await this.store.get(this.keyOf(modelUri)));
    if (createHash('sha256').update(bytes).digest('hex') !== modelSha256) {
      throw new SignalboxError(
        'ARTIFACT_CORRUPT',
        `${modelUri} differs from the sha256 of its training run.`,
        'Train again.',
      );
    }
    return { model: accepted(fromOnnx(bytes, header)), embedderFiles };
  }

  private async embedderOf(space: EmbeddingSpace): Promise<EmbedderFiles> {
    if (space.provider === FITTED) {
      const key = fittedEmbedderKey(space);
      const stored = await this.store.get(key);
      if (!stored.ok) throw new SignalboxError(stored.error.code, stored.error.hint, 'Train again: it is fitted anew.');
      const bytes = stored.value;
      if (createHash('sha256').update(bytes).digest('hex').startsWith(space.revision)) {
        return new Map([[EMBEDDER_FILE, bytes]]);
      }
      throw new SignalboxError(
        'ARTIFACT_CORRUPT',
        `${key} is not the embedder of ${nameOfSpace(space)}.`,
        'Train again.',
      );
    }
    const own = await this.embedder.space();
    if (sameSpace(space, own)) return (await this.embedder.files()) ?? new Map<string, string>();
    throw new SignalboxError(
      'ARTIFACT_INVALID',
      `The model reads vectors of ${nameOfSpace(space)}; prompts are embedded as ${nameOfSpace(own)}.`,
      'Train again, on vectors of the embedder that is set now, or set the one before.',
    );
  }

  /** Runs name their file by its URL or by its key. */
  private keyOf(uri: string): string {
    const root = this.store.urlOf('models').slice(0, -'models'.length);
    return uri.startsWith(root) ? uri.slice(root.length) : uri;
  }
}
