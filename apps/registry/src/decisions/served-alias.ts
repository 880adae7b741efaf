import { SignalboxError, type Result } from '@signalbox/contracts';
import type { LoadedVersion } from '@signalbox/runtime';

/** A promotion made elsewhere is seen after this long at the most. */
const FRESH_MS = 1_000;
/** What a decision waits for a slow database or disk before the last good version answers. */
const PATIENCE_MS = 500;

export interface AliasSource {
  /** Where the alias points; null when there is no such router or alias. */
  target(): Promise<{ version: number; sha256: string } | null>;
  load(target: { version: number; sha256: string }): Promise<Result<LoadedVersion>>;
  warn(what: string): void;
}

/** The version of one alias, in memory. What was loaded keeps deciding when its successor, the database or the disk fails. */
export class ServedAlias {
  private version: LoadedVersion | null = null;
  private checkedAt = -Infinity;
  private refreshing: Promise<void> | null = null;
  private told = '';

  constructor(
    private readonly source: AliasSource,
    /** Milliseconds of a monotonic clock. */
    private readonly now: () => number,
  ) {}

  /** @throws SignalboxError why there is no version to decide with */
  async current(): Promise<LoadedVersion | null> {
    if (this.now() - this.checkedAt >= FRESH_MS) {
      this.refreshing ??= this.refresh().finally(() => (this.refreshing = null));
      if (this.version) await withPatience(this.refreshing);
    }
    if (!this.version) await this.refreshing;
    return this.version;
  }

  /** The alias moved in this process: the next decision looks again. */
  expire(): void {
    this.checkedAt = -Infinity;
  }

  private async refresh(): Promise<void> {
    try {
      await this.follow();
      this.told = '';
    } catch (error) {
      if (!this.version) throw error;
      const what = `${this.version.name} keeps deciding: ${error instanceof Error ? error.message : String(error)}`;
      if (what !== this.told) this.source.warn(what);
      this.told = what;
    }
    this.checkedAt = this.now();
  }

  private async follow(): Promise<void> {
    const target = await this.source.target();
    if (!target) {
      this.version = null;
      return;
    }
    // What was verified once under this digest is immutable and already in memory.
    if (this.version?.version === target.version && this.version.manifestSha256 === target.sha256) return;
    const loaded = await this.source.load(target);
    if (!loaded.ok) throw new SignalboxError(loaded.error.code, loaded.error.hint);
    this.version = loaded.value;
  }
}

async function withPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
