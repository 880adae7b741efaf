import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { FileObjectStore } from './file-object-store.js';
import type { ObjectStore } from './object-store.js';

/**
 * Opens the store that `OBJECT_STORE_URL` names, e.g. `file:///var/lib/signalbox/objects`. Reads and writes nothing.
 * @throws SignalboxError `ENVIRONMENT_INVALID` for a URL that is not a `file:///` folder.
 */
export function openObjectStore(url: string): ObjectStore {
  if (!URL.canParse(url)) {
    throw new SignalboxError('ENVIRONMENT_INVALID', `OBJECT_STORE_URL is not a URL. Write file:///absolute/folder.`);
  }
  const parsed = new URL(url);
  if (parsed.protocol !== 'file:') {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      `OBJECT_STORE_URL begins with ${parsed.protocol}//, and this version keeps objects in folders only. Write file:///absolute/folder.`,
    );
  }
  if (parsed.hostname !== '' || parsed.search !== '' || parsed.hash !== '') {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      `OBJECT_STORE_URL names a host, a query or a fragment. Write file:///absolute/folder, with three slashes.`,
    );
  }
  return new FileObjectStore(fileURLToPath(parsed));
}
