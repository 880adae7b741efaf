import { SignalboxError } from '@signalbox/contracts';
import pg from 'pg';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  '57P03', // starting up or shutting down
  '53300', // too many connections
]);

/** Codes of sockets and of PostgreSQL (class 08; 57P0x: shutting down or starting up; too many connections) that say that it is away. */
const AWAY = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08...|57P0[123]|53300)$/;

/**
 * What pg and TypeORM say by message alone. TypeORM lets go of a connection that breaks in the midst of a transaction, and tells the
 * next statement no more than that.
 */
const AWAY_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|is not queryable|query runner (was )?already released/i;

/** Whether a query failed because the database went away, or is not back yet: the same may be asked again. */
export function databaseIsAway(error: unknown): boolean {
  return AWAY.test(databaseErrorCode(error) ?? '') || AWAY_MESSAGE.test(errorMessage(error));
}

/** SQLSTATE (`28P01`) or system code (`ECONNREFUSED`) of an error of `pg`; undefined for other errors. */
export function databaseErrorCode(error: unknown): string | undefined {
  // Not by `instanceof`: an error of Node itself is of another realm where modules run in a vm, as under Jest.
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessage(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage && typeof error.message === 'string' ? error.message : String(error);
}

/** `host:port/database` of a connection URL: what an error may say about it. Never the user's password. */
export function describeTarget(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return 'an address that is not a URL';
  return `${parsed.hostname || 'localhost'}:${parsed.port || '5432'}${parsed.pathname}`;
}

/**
 * Says what a failure to connect means: DATABASE_UNREACHABLE (nothing answers there, or not yet) or DATABASE_REFUSED
 * (something answers and does not let us in). The message names host, port and database, never the password.
 */
export function connectionError(error: unknown, url: string): SignalboxError {
  const code = databaseErrorCode(error);
  const target = describeTarget(url);
  const reason = errorMessage(error);
  // pg reports its own connect timeout, and a socket that closes before the handshake, by message alone.
  const silent = code === undefined && /timeout|terminated|ended/i.test(reason);
  if (silent || (code !== undefined && UNREACHABLE.has(code))) {
    return new SignalboxError('DATABASE_UNREACHABLE', `PostgreSQL does not answer at ${target} (${code ?? reason}).`);
  }
  return new SignalboxError('DATABASE_REFUSED', `PostgreSQL at ${target} refused the connection: ${reason}.`);
}

/**
 * Opens one connection that the caller ends.
 * @throws SignalboxError DATABASE_UNREACHABLE or DATABASE_REFUSED
 */
export async function connect(url: string, applicationName: string): Promise<pg.Client> {
  if (!URL.canParse(url)) {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      'The database address is not a URL.',
      'Write it as postgres://user:password@host:5432/database.',
    );
  }
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // A server that goes away while the client is idle must not crash the process; the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw connectionError(error, url);
  }
  return client;
}
