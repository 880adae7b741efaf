export type { ObjectStore } from './object-store.js';
export { openObjectStore } from './open-object-store.js';
