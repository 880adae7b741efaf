import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { commandQueue } from '@signalbox/contracts';
import { JobQueue } from '@signalbox/queue';
import { PointerReconciler } from './deployments/pointer-reconciler.js';
import { REGISTRY_ENVIRONMENT, type RegistryEnvironment } from './registry.environment.js';
import { RegistryStages } from './retrains/registry-stages.js';
import { RouterAnnouncer } from './routers/router-announcer.js';

const RECONCILE_MS = 5_000;
const CONCURRENCY = 2; // stages are short, and those of one router wait for each other

/** Wires the jobs, and finishes what a killed process left undone. */
@Injectable()
export class RegistryWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('registry');
  private timer: NodeJS.Timeout | undefined;
  private reconciling: Promise<void> | undefined;

  constructor(
    @Inject(REGISTRY_ENVIRONMENT) private readonly environment: RegistryEnvironment,
    private readonly queue: JobQueue,
    private readonly stages: RegistryStages,
    private readonly pointers: PointerReconciler,
    private readonly announcer: RouterAnnouncer,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.environment.role === 'api') return;
    this.queue.work(commandQueue('registry'), [this.stages.route()], CONCURRENCY);
    await this.reconcile();
    this.timer = setInterval(() => void this.reconcile(), RECONCILE_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reconciling;
  }

  /** One at a time; a failure is told, and tried again at the next tick. */
  private async reconcile(): Promise<void> {
    this.reconciling ??= this.pointers
      .run()
      .then(() => this.announcer.announceAll())
      .catch((error: unknown) =>
        this.log.error(`reconciling failed: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => (this.reconciling = undefined));
    await this.reconciling;
  }
}
