import { Injectable } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { JobQueue, workJob } from '@signalbox/queue';
import type { RouterEntity } from './router.entity.js';
import { RoutersRepository } from './routers.repository.js';

/** Tells ingest of new candidates, whose names and prices it then writes to the calls that it has. */
@Injectable()
export class RouterAnnouncer {
  constructor(
    private readonly routers: RoutersRepository,
    private readonly queue: JobQueue,
  ) {}

  /** Also for routers whose creator was stopped before it could. */
  async announceAll(): Promise<void> {
    for (const router of await this.routers.unannounced()) await this.announce(router);
  }

  async announce({ id, announced }: RouterEntity): Promise<void> {
    if (announced) return;
    if (await this.queue.add(commandQueue('ingest'), workJob('resolve-models'), { id }))
      await this.routers.markAnnounced(id);
  }
}
