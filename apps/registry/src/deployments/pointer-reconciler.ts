import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ObjectStore } from '@signalbox/object-store';
import { pointAlias, readAlias } from '@signalbox/runtime';
import { OBJECT_STORE } from '../registry.environment.js';
import { DeploymentsRepository, type AliasTarget } from './deployments.repository.js';

/** Keeps the pointer files as the rows say, which a crash in the middle of a move may have parted. */
@Injectable()
export class PointerReconciler {
  private readonly log = new Logger('registry');
  /** What was told of each alias, so that a fault is logged when it comes and not every few seconds. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly deployments: DeploymentsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** @returns how many pointers were written anew */
  async run(): Promise<number> {
    let mended = 0;
    for (const target of await this.deployments.targets()) {
      if (await this.agrees(target)) continue;
      if (await this.mend(target)) mended += 1;
    }
    return mended;
  }

  private async agrees({ router, alias, version, sha256 }: AliasTarget): Promise<boolean> {
    const pointer = await readAlias(this.store, router, alias);
    return pointer.ok && pointer.value.version === version && pointer.value.manifestSha256 === sha256;
  }

  /** A move under way has written the file and not yet committed: the row's lock waits for it, and then all may be well. */
  private mend({ routerId, router, alias }: AliasTarget): Promise<boolean> {
    return this.deployments.transaction(async (manager) => {
      await this.deployments.lockAlias(manager, routerId, alias);
      const target = await this.deployments.targetIn(manager, routerId, alias);
      if (!target || (await this.agrees(target))) return false;
      const pointed = await pointAlias(this.store, router, alias, {
        version: target.version,
        manifestSha256: target.sha256,
      });
      this.tell(
        `${router} ${alias}`,
        pointed.ok ? `pointer written anew, to version ${target.version}` : pointed.error.hint,
      );
      return pointed.ok;
    });
  }

  private tell(alias: string, what: string): void {
    if (this.told.get(alias) !== what) this.log.warn(`${alias}: ${what}`);
    this.told.set(alias, what);
  }
}
