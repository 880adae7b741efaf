import { accept, type Rejection, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { loadVersion, readAlias, type LoadedVersion } from './load.js';

/**
 * Holds the version that an alias points to. When a reload fails, the last good version stays and the failure is told:
 * a broken deploy or a dead store never stops decisions.
 */
export class RouterFollower {
  private version: LoadedVersion | null = null;
  private failure: Rejection | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: ObjectStore,
    readonly router: string,
    readonly alias: string,
  ) {}

  /** The version to decide with; null until a first load succeeded. */
  get current(): LoadedVersion | null {
    return this.version;
  }

  /** Why the latest reload failed; null when it succeeded. */
  get problem(): Rejection | null {
    return this.failure;
  }

  /**
   * Reads the alias and loads its version where it is another one. Calls wait for each other, so that an older answer never
   * comes after a newer. Never throws.
   */
  reload(): Promise<Result<{ version: LoadedVersion; changed: boolean }>> {
    const next = this.last.then(() => this.load());
    this.last = next;
    return next;
  }

  private async load(): Promise<Result<{ version: LoadedVersion; changed: boolean }>> {
    const before = this.version;
    const loaded = await this.read().catch((error: unknown): Result<LoadedVersion> => ({
      ok: false,
      error: storeFailure(error),
    }));
    this.failure = loaded.ok ? null : loaded.error;
    if (!loaded.ok) return loaded;
    this.version = loaded.value;
    return accept({ version: loaded.value, changed: loaded.value !== before });
  }

  private async read(): Promise<Result<LoadedVersion>> {
    const pointer = await readAlias(this.store, this.router, this.alias);
    if (!pointer.ok) return pointer;
    const { version, manifestSha256 } = pointer.value;
    // What was verified once under this digest is immutable and already in memory.
    if (this.version?.version === version && this.version.manifestSha256 === manifestSha256)
      return accept(this.version);
    return loadVersion(this.store, this.router, version, manifestSha256);
  }
}

function storeFailure(error: unknown): Rejection {
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'DEPENDENCY_UNAVAILABLE', path: 'object store', hint: `The object store cannot be read: ${reason}` };
}
