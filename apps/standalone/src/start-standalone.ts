import { startGateway } from '@signalbox/gateway';
import type { ServiceName } from '@signalbox/contracts';
import { connect, provision, startEmbeddedPostgres } from '@signalbox/database';
import { jsonLogger, REAL_EDGES, startService, type RunningService, type ServiceEdges } from '@signalbox/platform';
import { JobQueue } from '@signalbox/queue';
import { openDataFolder } from './data-folder.js';
import type { StandaloneEnvironment } from './environment.js';
import { SERVICE_DATABASES, SERVICES_IN_ORDER } from './services.js';

export interface RunningStandalone {
  /** GraphQL address of the gateway. */
  url: string;
  services: Partial<Record<ServiceName, RunningService>>;
  /** Administrator of the database in use. */
  adminUrl: string;
  close(): Promise<void>;
}

/**
 * Starts PostgreSQL unless one is given, then the five services on free loopback ports, then the gateway.
 * Stops what it has started when a later step fails.
 */
export async function startStandalone(
  environment: StandaloneEnvironment,
  edges: ServiceEdges = REAL_EDGES,
): Promise<RunningStandalone> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    while (closers.length > 0) await closers.pop()?.();
  };
  try {
    const folder = await openDataFolder(environment.dataFolder);
    let adminUrl = environment.databaseUrl;
    const ownsDatabase = adminUrl === undefined;
    if (adminUrl === undefined) {
      const postgres = await startEmbeddedPostgres({ dataDir: folder.postgres, logFile: folder.postgresLog });
      closers.push(() => postgres.stop());
      adminUrl = postgres.adminUrl;
    }
    const { urls } = await provision(adminUrl, SERVICE_DATABASES);
    const queueUrl = environment.queueUrl ?? urls.queue;
    // The lock on the data folder tells that no other process is alive, so that nothing is left to wait for.
    if (ownsDatabase) await forgetDeadProcesses(adminUrl, queueUrl);

    const services: RunningStandalone['services'] = {};
    for (const definition of SERVICES_IN_ORDER) {
      const running = await startService(
        definition,
        {
          databaseUrl: urls[definition.name],
          queueUrl,
          objectStoreUrl: environment.objectStoreUrl ?? folder.objectStoreUrl,
          secretKey: folder.secretKey,
          outboundAllow: environment.outboundAllow,
          traceFiles: environment.traceFiles,
          labelPolicy: environment.labelPolicy,
          awsRoleAllow: environment.awsRoleAllow,
          embedder: environment.embedder,
          host: '127.0.0.1',
          port: 0,
          role: 'all',
          logLevel: environment.logLevel,
        },
        edges,
      );
      closers.push(() => running.close());
      services[definition.name] = running;
    }
    const gateway = await startGateway({
      host: environment.host,
      port: environment.port,
      services: Object.fromEntries(Object.values(services).map(({ name, url }) => [name, url])),
      log: jsonLogger('gateway', environment.logLevel),
    });
    closers.push(() => gateway.close());
    return { url: gateway.url, services, adminUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a killed run left on the queue and its leases: reconcilers put back what PostgreSQL knows to be unfinished. */
async function forgetDeadProcesses(adminUrl: string, queueUrl: string): Promise<void> {
  const quiet = { error: () => undefined, warn: () => undefined };
  const queue = new JobQueue({ url: queueUrl, applicationName: 'signalbox start', log: quiet });
  const admin = await connect(adminUrl, 'signalbox start');
  try {
    await queue.clear();
    for (const { service } of SERVICE_DATABASES)
      await admin.query(`update ${service}.lease set expires_at = '-infinity'`);
  } finally {
    await admin.end();
    await queue.close();
  }
}
