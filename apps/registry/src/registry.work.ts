import { Injectable } from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { type ServiceWork } from '@signalbox/platform';
import { type WorkedQueue } from '@signalbox/queue';
import { PointerReconciler } from './deployments/pointer-reconciler.js';
import { RegistryStages } from './retrains/registry-stages.js';
import { RouterAnnouncer } from './routers/router-announcer.js';

const CONCURRENCY = 2; // stages are short, and those of one router wait for each other

/** The stages of retrains, and what a killed process left undone. */
@Injectable()
export class RegistryWork implements ServiceWork {
  constructor(
    private readonly stages: RegistryStages,
    private readonly pointers: PointerReconciler,
    private readonly announcer: RouterAnnouncer,
  ) {}

  queues(): WorkedQueue[] {
    return [{ queue: commandQueue('registry'), routes: [this.stages.route()], concurrency: CONCURRENCY }];
  }

  async reconcile(): Promise<void> {
    await this.pointers.run();
    await this.announcer.announceAll();
  }
}
