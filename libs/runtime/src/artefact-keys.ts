import { MANIFEST_FILE, type EmbeddingSpace } from './manifest.js';

export function artefactKey(router: string, version: number, file: string): string {
  return `routers/${router}/${version}/${file}`;
}

export function manifestKey(router: string, version: number): string {
  return artefactKey(router, version, MANIFEST_FILE);
}

/** Beside the versions, whose folders have numbers for names: an alias can never hide one. */
export function aliasKey(router: string, alias: string): string {
  return `routers/${router}/${alias}.json`;
}

/** Where the embedder lies that training fitted on a dataset. */
export function fittedEmbedderKey({ revision }: EmbeddingSpace): string {
  return `embedders/${revision}/embedder.safetensors`;
}
