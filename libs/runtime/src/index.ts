export { fittedEmbedderKey } from './artefact-keys.js';
export { fetchEmbedder, type EmbedderFiles } from './carried-embedder.js';
export { decide } from '@signalbox/routers';
export { nameOfSpace, sameSpace } from './embedding-space.js';
export { loadAlias, loadVersion, readAlias, type LoadedVersion } from './load.js';
export {
  manifestSchema,
  type AliasPointer,
  type EmbeddingSpace,
  type Manifest,
  type ManifestCandidate,
} from './manifest.js';
export { pointAlias, writeArtefact, type ArtefactInput, type WrittenArtefact } from './publish.js';
export { RouterFollower } from './router-follower.js';
