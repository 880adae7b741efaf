import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { openEmbedderFolder, type Embedder } from '@signalbox/embedders';
import type { ObjectStore } from '@signalbox/object-store';
import { fetchEmbedder, nameOfSpace, type EmbeddingSpace, type LoadedVersion } from '@signalbox/runtime';
import { accepted } from '../accepted.js';
import { OBJECT_STORE } from '../registry.environment.js';

/** Each holds 130 MB or more while it works. */
const OPEN = 4;

interface Opened {
  embedder: Embedder;
  folder: string;
}

/** Embedders that travel with the versions that decide. Versions of one space share theirs. */
@Injectable()
export class CarriedEmbedders implements OnApplicationShutdown {
  /** By space, the one that was used last at the end. */
  private readonly opened = new Map<string, Promise<Opened>>();
  private root: Promise<string> | null = null;

  constructor(@Inject(OBJECT_STORE) private readonly store: ObjectStore) {}

  /** @throws SignalboxError ARTIFACT_CORRUPT or ARTIFACT_INVALID when its files are not those that were published */
  async of(version: LoadedVersion, space: EmbeddingSpace): Promise<Embedder> {
    const name = nameOfSpace(space);
    const opened = this.opened.get(name) ?? this.open(version, name);
    this.opened.delete(name);
    this.opened.set(name, opened);
    opened.catch(() => {
      if (this.opened.get(name) === opened) this.opened.delete(name);
    });
    for (const [oldest, unused] of this.opened) {
      if (this.opened.size <= OPEN) break;
      this.opened.delete(oldest);
      void closed(unused).catch(() => undefined); // a decision does not wait for it
    }
    return (await opened).embedder;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.opened.values()].map(closed));
    if (this.root) await rm(await this.root, { recursive: true, force: true });
  }

  private rootFolder(): Promise<string> {
    const root = (this.root ??= mkdtemp(join(tmpdir(), 'signalbox-embedders-')));
    root.catch(() => {
      if (this.root === root) this.root = null;
    });
    return root;
  }

  private async open(version: LoadedVersion, space: string): Promise<Opened> {
    const folder = join(await this.rootFolder(), randomUUID());
    try {
      accepted(await fetchEmbedder(this.store, version, folder));
      const embedder = await openEmbedderFolder(folder, space);
      // Its worker loads the model with the first text, for which no decision shall wait.
      await embedder.embedAll(['a']);
      return { embedder, folder };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

async function closed(opening: Promise<Opened>): Promise<void> {
  const opened = await opening.catch(() => null);
  if (!opened) return;
  await opened.embedder.close();
  await rm(opened.folder, { recursive: true, force: true });
}
