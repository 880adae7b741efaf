import { setTimeout as delay } from 'node:timers/promises';
import {
  assertSchemaCompatibility,
  PostgresConnection,
  PostgresQueueBackend as BullBackend,
  withBackend,
  type QueueBaseOptions,
} from 'bullmq';
import type pg from 'pg';

export const QUEUE_SCHEMA = 'queue';

const PAUSE_MS = 1_000;

/**
 * On a pool of ours: BullMQ listens to the connection that it waits for jobs on only once that is there, and a server that stops ends sessions
 * in the breath in which it opens them. An error that nobody listens to ends the process.
 */
class PooledConnection extends PostgresConnection {
  override readonly schema = QUEUE_SCHEMA;
  private usable: Promise<void> | undefined;
  private ended: Promise<void> | undefined;

  /** A failure is not remembered, as BullMQ would for good: the next caller asks again. */
  override waitUntilReady(): Promise<void> {
    return (this.usable ??= this.check().catch((error: unknown) => {
      this.usable = undefined;
      throw error;
    }));
  }

  /** With its pool, which nobody else uses. */
  override close(): Promise<void> {
    return (this.ended ??= super.close().finally(() => this.pool.end()));
  }

  private async check(): Promise<void> {
    const client = await this.pool.connect();
    try {
      await assertSchemaCompatibility(client, this.schema);
    } finally {
      client.release();
    }
  }
}

/** A worker that could not fetch asks again at once unless the port is closed: a server that refuses sessions would be asked without an end. */
class PausingBackend extends BullBackend {
  override async moveToActive(token: string, name?: string): ReturnType<BullBackend['moveToActive']> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await delay(PAUSE_MS);
      throw error;
    }
  }
}

/** BullMQ's queue and worker on PostgreSQL. Both end the pool that they are given when they are closed. */
export const bullmqOnPostgres = withBackend(
  (name, options: QueueBaseOptions<pg.Pool>, { withBlockingConnection = false } = {}) => {
    const connection = new PooledConnection(options.connection);
    return new PausingBackend(connection, name, options, true, withBlockingConnection ? name : undefined);
  },
);
