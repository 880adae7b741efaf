import { Logger } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { connectionError, dataSourceFor, DeadLetters, Leases } from '@signalbox/database';
import { JobQueue, type QueueOptions } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import type { ServiceEnvironment } from '../environment.js';
import { jobContext, withLogContext } from '../logging/log-context.js';
import { Seldom } from '../logging/seldom.js';
import { WorkGuard } from '../work/work-guard.js';
import type { Resource } from './resource.js';

export type Entities = Parameters<typeof dataSourceFor>[2];

/** How a service's edges are opened; tests open them otherwise. */
export interface ServiceEdges {
  openQueue: (options: QueueOptions) => JobQueue;
}
export const REAL_EDGES: ServiceEdges = { openQueue: (options) => new JobQueue(options) };

/** What every service holds open: its database, and the queue whose jobs run under the leases that stand in it. */
export function serviceResources(
  service: ServiceName,
  { databaseUrl, queueUrl }: ServiceEnvironment,
  entities: Entities,
  { openQueue }: ServiceEdges = REAL_EDGES,
): Resource[] {
  const dataSource = new DataSource(dataSourceFor(service, databaseUrl, entities));
  return [
    {
      token: DataSource,
      open: async () => {
        await dataSource.initialize().catch((error: unknown) => {
          throw connectionError(error, databaseUrl);
        });
        return { value: dataSource, close: () => dataSource.destroy() };
      },
    },
    {
      token: JobQueue,
      open: async () => {
        const queue = openQueue({
          url: queueUrl,
          applicationName: `signalbox ${service} queue`,
          log: logOf(service),
          around: new WorkGuard(service, new Leases(service, dataSource), new DeadLetters(service, dataSource)),
        });
        await queue.ping().catch(async (error: unknown) => {
          await queue.close();
          throw error;
        });
        return { value: queue, close: () => queue.close() };
      },
    },
  ];
}

/** BullMQ tells of its connections outside of any job. */
function logOf(service: ServiceName): QueueOptions['log'] {
  const log = new Logger('queue');
  const seldom = new Seldom();
  return {
    error: (message, job) =>
      withLogContext({ service, ...(job && jobContext(job)) }, () =>
        job ? log.error(message) : seldom.tell(message, (text) => log.error(text)),
      ),
    warn: (message) => withLogContext({ service }, () => seldom.tell(message, (text) => log.warn(text))),
  };
}
