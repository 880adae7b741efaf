import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import { runMigrations } from 'bullmq';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { connect, databaseErrorCode, describeTarget, errorMessage } from './connection-errors.js';

/** Serialises starters on one database; spells SBOX. */
const PROVISION_LOCK = 0x53424f58;
const MIGRATIONS_TABLE = 'schema_migration';
export const QUEUE_SCHEMA = 'queue';

export interface PublishedView {
  /** Name of a view in the service's schema, with its version: `call_v1`. */
  view: string;
  /** Services that may select from it. */
  to: readonly ServiceName[];
}

export interface ServiceDatabase {
  service: ServiceName;
  /** TypeORM migrations in order. They run as the administrator with the service's schema first in the search path. */
  migrations: readonly (new () => MigrationInterface)[];
  publishes: readonly PublishedView[];
}

export type DatabaseOwner = ServiceName | typeof QUEUE_SCHEMA;
const OWNERS: readonly DatabaseOwner[] = [...SERVICES, QUEUE_SCHEMA];

export interface Provisioned {
  /** Connection URL of every login role; also of services that were not passed, whose schema may not be there yet. */
  urls: Record<DatabaseOwner, string>;
  /** Names of the migrations that this call ran, by service. */
  migrated: Partial<Record<ServiceName, string[]>>;
}

export const roleOf = (owner: DatabaseOwner): string => `signalbox_${owner}`;

/**
 * Connection URLs of the roles that `provision` creates with this administrator. Passwords are derived from the
 * administrator's, so that nothing has to be stored. Roles belong to the whole cluster: two installations on one
 * cluster must use the same administrator.
 * @throws SignalboxError ENVIRONMENT_INVALID when the URL has no host or no password
 */
export function serviceUrls(adminUrl: string): Record<DatabaseOwner, string> {
  return {
    ingest: urlOf(adminUrl, 'ingest'),
    labeling: urlOf(adminUrl, 'labeling'),
    embedding: urlOf(adminUrl, 'embedding'),
    training: urlOf(adminUrl, 'training'),
    registry: urlOf(adminUrl, 'registry'),
    queue: urlOf(adminUrl, QUEUE_SCHEMA),
  };
}

/**
 * Brings a database to what the given services need: login roles, schemas, migrations, BullMQ's tables, and grants.
 * A service's role may read and write its own schema, read what others publish to it, and nothing else; BullMQ connects
 * as a role of its own (`urls.queue`).
 * Safe to repeat, and to run by several starters at once, on one database or on several of one cluster.
 * @throws SignalboxError DATABASE_UNREACHABLE, DATABASE_REFUSED (also when the administrator may not create roles),
 *   ENVIRONMENT_INVALID
 */
export async function provision(adminUrl: string, services: readonly ServiceDatabase[]): Promise<Provisioned> {
  const urls = serviceUrls(adminUrl);
  const admin = await connect(adminUrl, 'signalbox provision');
  const lock = await connect(adminUrl, 'signalbox provision lock').catch(async (error: unknown) => {
    await admin.end();
    throw error;
  });
  try {
    // Held by a transaction rather than a session, so that it also works through a transaction-pooling proxy.
    await lock.query('begin');
    await lock.query('select pg_advisory_xact_lock($1)', [PROVISION_LOCK]);
    const current = await admin.query<{ name: string }>('select current_database() as name');
    const name = pg.escapeIdentifier(current.rows[0]?.name ?? '');
    for (const owner of OWNERS) await ensureRole(admin, name, owner, urls[owner]);
    await provisionQueue(admin, name, urls.queue);
    const migrated: Provisioned['migrated'] = {};
    for (const { service } of services) await admin.query(`create schema if not exists ${service}`);
    for (const database of services) migrated[database.service] = await migrate(adminUrl, database);
    for (const database of services) await grant(admin, database);
    return { urls, migrated };
  } catch (error) {
    if (databaseErrorCode(error) !== '42501') throw error;
    const reason = errorMessage(error);
    throw new SignalboxError(
      'DATABASE_REFUSED',
      `The administrator of ${describeTarget(adminUrl)} lacks a right: ${reason}.`,
      'Give the user in DATABASE_URL the attribute CREATEROLE, and CREATE on the database.',
      { cause: error },
    );
  } finally {
    await lock.end();
    await admin.end();
  }
}

function urlOf(adminUrl: string, owner: DatabaseOwner): string {
  const url = URL.canParse(adminUrl) ? new URL(adminUrl) : undefined;
  if (!url?.hostname || !url.password) {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      `The administrator's address of ${describeTarget(adminUrl)} has no host or no password; the services' passwords are derived from it.`,
      'Write DATABASE_URL as postgres://user:password@host:5432/database.',
    );
  }
  url.password = createHmac('sha256', decodeURIComponent(url.password)).update(roleOf(owner)).digest('base64url');
  url.username = roleOf(owner);
  return url.toString();
}

async function ensureRole(admin: pg.Client, database: string, owner: DatabaseOwner, url: string): Promise<void> {
  const role = roleOf(owner);
  const password = pg.escapeLiteral(new URL(url).password);
  const exists = await admin.query('select from pg_roles where rolname = $1', [role]);
  if (exists.rowCount === 0) await unlessRaced(() => admin.query(`create role ${role} login password ${password}`));
  await unlessRaced(() => admin.query(`alter role ${role} login password ${password}`));
  await unlessRaced(() => admin.query(`alter role ${role} in database ${database} set search_path = ${owner}, public`));
  await unlessRaced(() => admin.query(`grant connect, temporary on database ${database} to ${role}`));
}

/**
 * Roles belong to the cluster, so that starters on two of its databases, whom the advisory lock keeps apart only
 * within one, meet here. PostgreSQL answers the loser with one of three codes.
 */
async function unlessRaced(statement: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await statement();
      return;
    } catch (error) {
      const code = databaseErrorCode(error);
      if (code === '42710' || code === '23505') return; // the other one created it
      const updatedAtOnce = code === 'XX000' && errorMessage(error).includes('concurrently');
      if (!updatedAtOnce || attempt === 20) throw error;
      await delay(5 * attempt);
    }
  }
}

/**
 * BullMQ makes a sequence for every new queue as it runs, so that its role must own the schema and make its tables
 * itself. It keeps the right to make schemas: when this one is dropped, workers make it again without an administrator.
 */
async function provisionQueue(admin: pg.Client, database: string, url: string): Promise<void> {
  const role = roleOf(QUEUE_SCHEMA);
  await unlessRaced(() => admin.query(`grant create on database ${database} to ${role}`));
  const queue = await connect(url, 'signalbox migrate queue');
  try {
    await runMigrations(queue, QUEUE_SCHEMA);
  } finally {
    await queue.end();
  }
}

async function migrate(adminUrl: string, { service, migrations }: ServiceDatabase): Promise<string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: adminUrl,
    schema: service,
    migrations: [...migrations],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolSize: 1,
    applicationName: `signalbox migrate ${service}`,
    extra: { options: `-c search_path=${service},public` },
  });
  await dataSource.initialize();
  try {
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}

/** In one transaction: a reader that keeps its right never loses it for a moment, and one that lost it is shut out. */
async function grant(admin: pg.Client, { service, publishes }: ServiceDatabase): Promise<void> {
  const own = roleOf(service);
  const others = OWNERS.filter((owner) => owner !== service).map(roleOf);
  const strangers = ['public', ...others].join(', ');
  const statements = [
    `revoke all on schema ${service} from ${strangers}`,
    `revoke all on all tables in schema ${service} from ${strangers}`,
    `revoke all on all sequences in schema ${service} from ${strangers}`,
    // Functions are public from birth, and one with its owner's rights would open what the tables close.
    `revoke all on all routines in schema ${service} from ${strangers}`,
    `grant usage on schema ${service} to ${own}`,
    `grant select, insert, update, delete on all tables in schema ${service} to ${own}`,
    `grant usage, select, update on all sequences in schema ${service} to ${own}`,
    `grant execute on all routines in schema ${service} to ${own}`,
    `alter default privileges in schema ${service} grant select, insert, update, delete on tables to ${own}`,
    `alter default privileges in schema ${service} grant usage, select, update on sequences to ${own}`,
    `revoke insert, update, delete on ${service}.${MIGRATIONS_TABLE} from ${own}`,
  ];
  for (const { view, to } of publishes) {
    await assertView(admin, service, view);
    const readers = to.map(roleOf).join(', ');
    if (to.length === 0) continue;
    statements.push(`grant usage on schema ${service} to ${readers}`);
    statements.push(`grant select on ${service}.${pg.escapeIdentifier(view)} to ${readers}`);
  }
  await admin.query('begin');
  try {
    for (const statement of statements) await admin.query(statement);
    await admin.query('commit');
  } catch (error) {
    await admin.query('rollback');
    throw error;
  }
}

async function assertView(admin: pg.Client, service: ServiceName, view: string): Promise<void> {
  const found = await admin.query(
    `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('v', 'm')`,
    [service, view],
  );
  if (found.rowCount === 0) {
    throw new SignalboxError(
      'INTERNAL',
      `${service} publishes ${view}, which is not a view that its migrations create.`,
    );
  }
}
