import { accept, reject, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { fromOnnx, type DecidableVersion, type FittedModel } from '@signalbox/routers';
import { aliasKey, artefactKey, manifestKey } from './artefact-keys.js';
import { parseCanonicalJson } from './canonical-json.js';
import { sha256Of } from './digest.js';
import { faultsOf } from './faults.js';
import { aliasPointerSchema, aliasSchema, manifestSchema, routerNameSchema, versionNumberSchema } from './manifest.js';
import type { AliasPointer, EmbeddingSpace, Manifest } from './manifest.js';

/** A verified version, ready for `decide`. */
export interface LoadedVersion extends DecidableVersion {
  router: string;
  version: number;
  /** Texts are embedded in this space before `decide`; null when the version reads no vector. */
  embedding: EmbeddingSpace | null;
  manifest: Manifest;
  manifestSha256: string;
  /** Whether its embedder travels with it: `fetchEmbedder` gets it. */
  carriesEmbedder: boolean;
}

/**
 * Reads and verifies one version: the manifest against `manifestSha256`, then length and sha256 of the model, and only then
 * what is in it. The files of an embedder are left where they are. Without `manifestSha256` (a person names a version) the files are proved to fit the manifest, not the manifest itself.
 *
 * @returns `NOT_FOUND` when there is no manifest, `ARTIFACT_CORRUPT` when bytes differ, `ARTIFACT_INVALID` when they are as
 *   written and yet not of a form that this version reads.
 */
export async function loadVersion(
  store: ObjectStore,
  router: string,
  version: number,
  manifestSha256?: string,
): Promise<Result<LoadedVersion>> {
  if (!routerNameSchema.safeParse(router).success || !versionNumberSchema.safeParse(version).success) {
    return reject(
      'INVALID_INPUT',
      'router',
      `${JSON.stringify(router)} version ${version} is not a name and a number.`,
    );
  }
  const key = manifestKey(router, version);
  const bytes = await store.get(key);
  if (!bytes.ok) return bytes;
  const digest = sha256Of(bytes.value);
  if (manifestSha256 !== undefined && digest !== manifestSha256) {
    return reject('ARTIFACT_CORRUPT', key, `${key} has sha256 ${digest}; ${manifestSha256} was deployed.`);
  }
  const manifest = parseManifest(bytes.value, key, router, version);
  if (!manifest.ok) return manifest;
  const model = await loadModel(store, manifest.value);
  if (!model.ok) return model;
  const { candidates, exploration, embedding } = manifest.value;
  return accept({
    name: `${router}@${version}`,
    router,
    version,
    model: model.value,
    exploration,
    abilities: candidates,
    embedding,
    manifest: manifest.value,
    manifestSha256: digest,
    carriesEmbedder: manifest.value.files.length > 1,
  });
}

/**
 * Reads the pointer of an alias.
 * @returns `NOT_FOUND` when nothing was deployed under it, `ARTIFACT_CORRUPT` or `ARTIFACT_INVALID` when it is not as written.
 */
export async function readAlias(store: ObjectStore, router: string, alias: string): Promise<Result<AliasPointer>> {
  if (!routerNameSchema.safeParse(router).success || !aliasSchema.safeParse(alias).success) {
    return reject(
      'INVALID_INPUT',
      'alias',
      `${JSON.stringify(router)} ${JSON.stringify(alias)} is not a router and an alias.`,
    );
  }
  const key = aliasKey(router, alias);
  const bytes = await store.get(key);
  if (!bytes.ok) return bytes;
  const json = parseCanonicalJson(bytes.value, key);
  if (!json.ok) return json;
  const pointer = aliasPointerSchema.safeParse(json.value);
  if (!pointer.success) return reject('ARTIFACT_INVALID', key, faultsOf(pointer.error));
  if (pointer.data.router !== router || pointer.data.alias !== alias) {
    return reject('ARTIFACT_INVALID', key, `${key} is the pointer ${pointer.data.alias} of ${pointer.data.router}.`);
  }
  return accept(pointer.data);
}

/** Follows an alias to its version. Results are those of {@link readAlias}, then of {@link loadVersion}. */
export async function loadAlias(store: ObjectStore, router: string, alias: string): Promise<Result<LoadedVersion>> {
  const pointer = await readAlias(store, router, alias);
  if (!pointer.ok) return pointer;
  return loadVersion(store, router, pointer.value.version, pointer.value.manifestSha256);
}

function parseManifest(bytes: Uint8Array, key: string, router: string, version: number): Result<Manifest> {
  const json = parseCanonicalJson(bytes, key);
  if (!json.ok) return json;
  const manifest = manifestSchema.safeParse(json.value);
  if (!manifest.success) return reject('ARTIFACT_INVALID', key, faultsOf(manifest.error));
  if (manifest.data.router !== router || manifest.data.version !== version) {
    return reject(
      'ARTIFACT_INVALID',
      key,
      `${key} is the manifest of ${manifest.data.router}@${manifest.data.version}.`,
    );
  }
  return accept(manifest.data);
}

async function loadModel(store: ObjectStore, manifest: Manifest): Promise<Result<FittedModel>> {
  const [{ path, bytes, sha256 }] = manifest.files;
  const key = artefactKey(manifest.router, manifest.version, path);
  const file = await store.get(key);
  if (!file.ok) {
    if (file.error.code !== 'NOT_FOUND') return file;
    return reject('ARTIFACT_CORRUPT', key, `${key} is named by the manifest and is not there.`);
  }
  if (file.value.byteLength !== bytes) {
    return reject('ARTIFACT_CORRUPT', key, `${key} has ${file.value.byteLength} bytes; the manifest says ${bytes}.`);
  }
  if (sha256Of(file.value) !== sha256) return reject('ARTIFACT_CORRUPT', key, `${key} differs from its sha256.`);
  const { routerType, candidates, bestSingle, params, tradeoff, embedding } = manifest;
  return fromOnnx(file.value, {
    type: routerType,
    candidates: candidates.map(({ name }) => name),
    dim: embedding?.dim ?? 0,
    bestSingle,
    params,
    tradeoff,
  });
}
