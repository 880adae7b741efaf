import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type Provider,
  type Type,
} from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { JobQueue, type WorkedQueue } from '@signalbox/queue';
import type { ServiceEnvironment } from '../environment.js';
import { withLogContext } from '../logging/log-context.js';

/** What a service does with jobs: the queues that it works on, and what PostgreSQL knows to be unfinished. */
export interface ServiceWork {
  queues(): WorkedQueue[];
  /** Puts what is unfinished on the queue again; what waits or runs there already is not doubled. */
  reconcile(): Promise<void>;
  /** Breaks off work that would take too long to end, such as that of threads. */
  stop?(): Promise<void>;
}

/** A wiped queue is filled again within one of these and the jobs' own time. */
const RECONCILE_MS = 3_000;

/** Takes jobs from the queue, and puts work back on it that PostgreSQL knows to be unfinished. Not in the role `api`. */
class ServiceWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('jobs');
  private timer: NodeJS.Timeout | undefined;
  private reconciling: Promise<void> | undefined;
  private stopping = false;

  constructor(
    private readonly work: ServiceWork,
    private readonly queue: JobQueue,
    private readonly service: ServiceName,
    private readonly works: boolean,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.works) return;
    for (const { queue, routes, concurrency } of this.work.queues()) this.queue.work(queue, routes, concurrency);
    await this.reconcile();
    this.timer = setInterval(() => void this.reconcile(), RECONCILE_MS).unref();
  }

  /** Jobs end while the database is still there. The queue is told first, so that what a stop breaks off is no failed attempt. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    const closed = this.queue.close();
    await this.work.stop?.();
    await closed;
    await this.reconciling;
  }

  /** One at a time; a failure is told, and tried again at the next tick. */
  private async reconcile(): Promise<void> {
    this.reconciling ??= withLogContext({ service: this.service, job: 'reconcile' }, () => this.work.reconcile())
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        if (!this.stopping) withLogContext({ service: this.service }, () => this.log.error(`reconcile: ${reason}`));
      })
      .finally(() => (this.reconciling = undefined));
    await this.reconciling;
  }
}

/** The providers that make `work`, a class of the service, take its jobs. */
export function workersFor(
  service: ServiceName,
  work: Type<ServiceWork>,
  { role }: Pick<ServiceEnvironment, 'role'>,
): Provider[] {
  return [
    work,
    {
      provide: ServiceWorkers,
      inject: [work, JobQueue],
      useFactory: (found: ServiceWork, queue: JobQueue) => new ServiceWorkers(found, queue, service, role !== 'api'),
    },
  ];
}
