import type { ServiceName } from '@signalbox/contracts';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Connections of one service: its resolvers share few, and five services with queues share the server's 120. */
const POOL_SIZE = 5;
/**
 * It also counts the wait for a free connection of the pool: a hundred calls at once take 7 s on a machine that is busy with other
 * things, and are to be answered. A server that is not there is noticed at once; only one that is silent takes so long.
 */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * A server that stops may end a session in the same breath in which it opened it, before whoever asked for the connection can listen.
 * Nobody listening to an error ends the process; the next query reports it.
 */
const onConnect = (client: pg.ClientBase): void => {
  client.on('error', () => undefined);
};

/**
 * Options of a service's own TypeORM DataSource, named after the service (Nest tells DataSources apart by name).
 * Tables come from migrations alone, which the administrator runs (see `provision`).
 * @param entities TypeORM entity classes; they live in the schema of the service
 */
export function dataSourceFor(
  service: ServiceName,
  url: string,
  entities: PostgresOptions['entities'],
): PostgresOptions & { name: ServiceName } {
  return {
    name: service,
    type: 'postgres',
    url,
    schema: service,
    entities,
    synchronize: false,
    migrationsRun: false,
    // The service's role may not create extensions; PostgreSQL has gen_random_uuid() built in.
    installExtensions: false,
    poolSize: POOL_SIZE,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: `signalbox ${service}`,
    extra: { keepAlive: true, onConnect },
  };
}

/**
 * A `pg` pool for what TypeORM does not do (COPY, cursors). The caller ends it.
 * Errors of a query or connection are the caller's to map with `connectionError`.
 */
export function pgPoolFor(url: string, options: { max?: number; applicationName?: string } = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: options.applicationName ?? 'signalbox',
    keepAlive: true,
    onConnect,
  });
  // An idle connection that breaks is dropped by the pool; without a listener the event would end the process.
  pool.on('error', () => undefined);
  return pool;
}
