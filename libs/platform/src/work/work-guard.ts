import { Logger } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { type DeadLetters, DeadlyWork, LeaseLost, type Leases } from '@signalbox/database';
import { UnrecoverableError, type Around, type JobContext, type JobRun } from '@signalbox/queue';
import { withLogContext } from '../logging/log-context.js';

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

  /** A job whose work another one holds is done here: its reconciler adds it again should the other one die. */
  run(job: JobRun, signal: AbortSignal, work: (context: JobContext) => Promise<void>): Promise<void> {
    return withLogContext({ service: this.service, jobId: job.id, job: `${job.name}.${job.key}` }, async () => {
      if (!job.leased) {
        await work({ signal, fence: () => Promise.resolve() });
        return;
      }
      try {
        await this.leases.hold(`${job.name}.${job.key}`, signal, work);
      } catch (error) {
        if (error instanceof LeaseLost) {
          this.log.warn(error.message);
          return;
        }
        if (error instanceof DeadlyWork) throw new UnrecoverableError(error.message);
        throw error;
      }
    });
  }

  park({ queue, name, key, payload }: JobRun, cause: Error): Promise<void> {
    return this.deadLetters.park({ queue, job: name, key, payload, cause });
  }
}
