import { accept, reject, type ExplorationPolicy, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { toOnnx, type FittedModel } from '@signalbox/routers';
import { aliasKey, artefactKey, manifestKey } from './artefact-keys.js';
import { canonicalJson } from './canonical-json.js';
import { sha256Of } from './digest.js';
import { embedderEntries, verifyEmbedder, writeEmbedder, type EmbedderFiles } from './carried-embedder.js';
import { faultsOf } from './faults.js';
import { loadVersion } from './load.js';
import {
  aliasPointerSchema,
  type AliasPointer,
  manifestSchema,
  MODEL_FILE,
  type EmbeddingSpace,
  type Manifest,
  type ManifestCandidate,
} from './manifest.js';

export interface ArtefactInput {
  router: string;
  version: number;
  model: FittedModel;
  /** The space of the vectors that the model reads; null for a constant. */
  embedding: EmbeddingSpace | null;
  datasetHash: string | null;
  metrics: Record<string, number | null>;
  /** In the order of `model.candidates`. */
  candidates: ManifestCandidate[];
  exploration: ExplorationPolicy;
  codeVersion: string;
  /** Of the embedder, where it travels with the version: bytes or an absolute file, by path in a folder of its own. */
  embedderFiles?: EmbedderFiles;
}

export interface WrittenArtefact {
  /** Of the manifest. */
  uri: string;
  /** Of the manifest, which holds the digest of every other file. */
  sha256: string;
  /** Of all files together. */
  bytes: number;
  manifest: Manifest;
}

/**
 * Writes a version: `model.onnx`, the files of its embedder where it travels with the version, then `manifest.json`. The same input writes the same bytes, so it is safe to repeat.
 * @returns `INVALID_INPUT` when model, candidates and embedding do not fit each other; `CONFLICT` when the version exists and differs.
 */
export async function writeArtefact(store: ObjectStore, input: ArtefactInput): Promise<Result<WrittenArtefact>> {
  const { model } = input;
  const names = input.candidates.map(({ name }) => name);
  if (JSON.stringify(names) !== JSON.stringify(model.candidates)) {
    return reject('INVALID_INPUT', 'candidates', 'Give the candidates of the model, in its order.');
  }
  if ((input.embedding?.dim ?? 0) !== model.dim) {
    return reject(
      'INVALID_INPUT',
      'embedding',
      `The model reads vectors of ${model.dim} numbers; the embedding makes ${input.embedding?.dim ?? 0}.`,
    );
  }
  const modelBytes = toOnnx(model);
  const embedder = await embedderEntries(input.embedderFiles ?? new Map());
  const parsed = manifestSchema.safeParse({
    schema: 'signalbox/router-artefact/1',
    router: input.router,
    version: input.version,
    routerType: model.type,
    candidates: input.candidates,
    bestSingle: model.bestSingle,
    embedding: input.embedding,
    params: model.params,
    tradeoff: model.tradeoff,
    exploration: input.exploration,
    datasetHash: input.datasetHash,
    metrics: input.metrics,
    codeVersion: input.codeVersion,
    files: [{ path: MODEL_FILE, sha256: sha256Of(modelBytes), bytes: modelBytes.byteLength }, ...embedder],
  } satisfies Manifest);
  if (!parsed.success) return reject('INVALID_INPUT', 'manifest', faultsOf(parsed.error));

  const manifest = parsed.data;
  const manifestBytes = canonicalJson(manifest);
  const key = manifestKey(input.router, input.version);
  const modelWritten = await store.put(artefactKey(input.router, input.version, MODEL_FILE), modelBytes);
  if (!modelWritten.ok) return modelWritten;
  const embedderWritten = await writeEmbedder(store, input);
  if (!embedderWritten.ok) return embedderWritten;
  const written = await store.put(key, manifestBytes);
  if (!written.ok) return written;
  return accept({
    uri: store.urlOf(key),
    sha256: sha256Of(manifestBytes),
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, manifestBytes.byteLength),
    manifest,
  });
}

/**
 * Points an alias to a version; written last. The version is loaded and verified first, so that an alias never names
 * one that is half written or broken. Callers that may race (two promotions at once) hold a lock of their own.
 * @returns the rejection of `loadVersion`, or `INVALID_INPUT` for a name that is not well-formed.
 */
export async function pointAlias(
  store: ObjectStore,
  router: string,
  alias: string,
  target: { version: number; manifestSha256: string },
): Promise<Result<{ uri: string; pointer: AliasPointer }>> {
  const parsed = aliasPointerSchema.safeParse({ schema: 'signalbox/router-alias/1', router, alias, ...target });
  if (!parsed.success) return reject('INVALID_INPUT', 'alias', faultsOf(parsed.error));
  const loaded = await loadVersion(store, router, target.version, target.manifestSha256);
  if (!loaded.ok) return loaded;
  const embedder = await verifyEmbedder(store, loaded.value);
  if (!embedder.ok) return embedder;
  const key = aliasKey(router, alias);
  const written = await store.replace(key, canonicalJson(parsed.data));
  return written.ok ? accept({ uri: store.urlOf(key), pointer: parsed.data }) : written;
}
