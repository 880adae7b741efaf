import { SignalboxError } from '@signalbox/contracts';
import { runMigrations, SchemaMigrationRequiredError } from 'bullmq';
import pg from 'pg';
import {
  describeAddress,
  LOCK,
  type BackendOptions,
  type DeliveredJob,
  type QueueBackend,
  type Sender,
  type Worker,
  type WorkerOptions,
} from './backend.js';
import { bullmqOnPostgres, QUEUE_SCHEMA } from './bullmq-postgres.js';

/** No such table, schema or function: somebody dropped what BullMQ's migrations made. */
const MISSING = new Set(['42P01', '3F000', '42883']);
const CONNECT_TIMEOUT_MS = 5_000;
/** Connections of a queue; BullMQ's own default of 10 would take over 50 for the whole suite. A worker waits for jobs on one of its own. */
const SENDING = 2;
const WORKING = 3;

export class PostgresQueueBackend implements QueueBackend {
  private restoring: Promise<boolean> | undefined;

  constructor(private readonly options: BackendOptions) {}

  sender(queue: string, onError: (error: Error) => void): Sender {
    const sender = new bullmqOnPostgres.Queue<unknown>(queue, { connection: this.pool(SENDING) });
    sender.on('error', onError);
    return sender;
  }

  worker(queue: string, process: (job: DeliveredJob) => Promise<void>, options: WorkerOptions): Worker {
    const { concurrency, onError, onFailed } = options;
    const worker = new bullmqOnPostgres.Worker<unknown, void>(queue, process, {
      ...{ connection: this.pool(WORKING), concurrency, runRetryDelay: 1_000 },
      ...LOCK,
    });
    worker.on('error', onError);
    worker.on('failed', onFailed);
    return worker;
  }

  async ping(): Promise<void> {
    await this.withClient(async (client) => {
      await client.query('select 1');
    });
  }

  /** BullMQ's role owns the schema and may make it, so that no administrator is needed in the night. */
  restore(error: unknown): Promise<boolean> {
    if (!isMissing(error)) return Promise.resolve(false);
    this.restoring ??= this.withClient(async (client) => {
      await runMigrations(client, QUEUE_SCHEMA);
      return true;
    }).finally(() => (this.restoring = undefined));
    return this.restoring;
  }

  async clear(): Promise<void> {
    await this.withClient(async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 and tablename <> 'migration'`,
        [QUEUE_SCHEMA],
      );
      if (rows.length > 0) await client.query(`truncate ${rows.map(({ name }) => name).join(', ')}`);
    });
  }

  async close(): Promise<void> {
    // Every sender and worker owns its connections.
  }

  private async withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: this.options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client.on('error', () => undefined); // the query that is under way fails with it
    try {
      await client.connect();
      return await work(client);
    } catch (cause) {
      if (isMissing(cause)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SignalboxError(
        'QUEUE_UNREACHABLE',
        `The queue at ${describeAddress(this.options.url)} does not answer: ${reason}.`,
        undefined,
        { cause },
      );
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private pool(max: number): pg.Pool {
    return new pg.Pool({
      connectionString: this.options.url,
      options: `-c search_path=${QUEUE_SCHEMA}`,
      application_name: this.options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      max,
      onConnect: (client) => void client.on('error', () => undefined), // the query that is under way fails with it
    });
  }
}

function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof SchemaMigrationRequiredError) return true;
  return 'code' in error && typeof error.code === 'string' && MISSING.has(error.code);
}
