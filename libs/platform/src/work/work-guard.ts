import { Logger } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { type DeadLetters, DeadlyWork, LeaseLost, type Leases } from '@signalbox/database';
import { UnrecoverableError, type Around, type JobContext, type JobRun } from '@signalbox/queue';
import { jobContext, withLogContext } from '../logging/log-context.js';

/**
 * What surrounds every job of a service: it runs under the lease of its work, its log lines carry its ids, and what failed for
 * good is parked with its cause.
 */
export class WorkGuard implements Around {
  private readonly log = new Logger('jobs');

  constructor(
    private readonly service: ServiceName,
    private readonly leases: Leases,
    private readonly deadLetters: DeadLetters,
  ) {}

  run(job: JobRun, signal: AbortSignal, work: (context: JobContext) => Promise<void>): Promise<void> {
    return this.within(job, async () => {
      const began = performance.now();
      const ended = () => `ended after ${Math.round(performance.now() - began)} ms`;
      if (job.leased) {
        if (await this.held(job, signal, work)) this.log.log(ended());
      } else {
        await work({ signal, fence: () => Promise.resolve() });
        this.log.debug(ended());
      }
    });
  }

  park(job: JobRun, cause: Error, giveUp: () => Promise<void>): Promise<void> {
    return this.within(job, async () => {
      const { queue, name, key, payload } = job;
      await this.deadLetters.park({ queue, job: name, key, payload, cause });
      await giveUp();
    });
  }

  /** A job whose work another one holds is done here: its reconciler adds it again should the other one die. */
  private async held(job: JobRun, signal: AbortSignal, work: (context: JobContext) => Promise<void>): Promise<boolean> {
    try {
      return await this.leases.hold(`${job.name}.${job.key}`, signal, work);
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.log.warn(error.message);
        return false;
      }
      if (error instanceof DeadlyWork) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  private within<T>(job: JobRun, work: () => T): T {
    return withLogContext({ service: this.service, ...jobContext(job) }, work);
  }
}
