import { Inject, Injectable, Logger } from '@nestjs/common';
import { SignalboxError, type Result } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { loadVersion, type LoadedVersion } from '@signalbox/runtime';
import { DeploymentsRepository } from '../deployments/deployments.repository.js';
import { OBJECT_STORE } from '../registry.environment.js';
import { QueryEmbedder } from './query-embedder.js';
import { ServedAlias } from './served-alias.js';

/** The versions that decide, by router and alias. */
@Injectable()
export class ServedVersions {
  private readonly log = new Logger('registry');
  private readonly served = new Map<string, ServedAlias>();

  constructor(
    private readonly deployments: DeploymentsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly embedder: QueryEmbedder,
  ) {}

  /** @throws SignalboxError NOT_FOUND, or why the version cannot be loaded while no earlier one is in memory */
  async current(router: string, alias: string): Promise<LoadedVersion> {
    const key = keyOf(router, alias);
    const served = this.served.get(key) ?? this.follow(router, alias);
    this.served.set(key, served);
    let version: LoadedVersion | null = null;
    try {
      version = await served.current();
    } finally {
      if (!version) this.served.delete(key); // names that do not exist must not fill the memory
    }
    if (version) return version;
    throw new SignalboxError('NOT_FOUND', `There is no router ${router} with an alias ${alias}.`);
  }

  /** An alias was moved here: the next decision is by the new version. */
  expire(router: string, alias: string): void {
    this.served.get(keyOf(router, alias))?.expire();
  }

  private follow(router: string, alias: string): ServedAlias {
    return new ServedAlias(
      {
        target: () => this.deployments.target(router, alias),
        load: ({ version, sha256 }) => this.load(router, version, sha256),
        warn: (what) => this.log.warn(`${router} ${alias}: ${what}`),
      },
      () => performance.now(),
    );
  }

  private async load(router: string, version: number, sha256: string): Promise<Result<LoadedVersion>> {
    const loaded = await loadVersion(this.store, router, version, sha256);
    if (loaded.ok) await this.embedder.prepare(loaded.value);
    return loaded;
  }
}

const keyOf = (router: string, alias: string): string => JSON.stringify([router, alias]);
