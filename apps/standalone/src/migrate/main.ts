import 'reflect-metadata';
import { provision } from '@signalbox/database';
import { ADMINISTRATOR, parseEnvironment, processEnvironment, tellFailure } from '@signalbox/platform';
import { SERVICE_DATABASES } from '../services.js';

/** `npm run migrate`: brings a database to what the services need, and prints the addresses that they connect by. */
try {
  const { administrator } = parseEnvironment({ administrator: ADMINISTRATOR }, processEnvironment());
  const { urls, migrated } = await provision(administrator, SERVICE_DATABASES);
  for (const [service, names] of Object.entries(migrated))
    process.stderr.write(`${service}: ${names.length === 0 ? 'up to date' : names.join(', ')}\n`);
  const { queue, ...services } = urls;
  for (const [service, url] of Object.entries(services))
    process.stdout.write(`${service.toUpperCase()}_DATABASE_URL=${url}\n`);
  process.stdout.write(`QUEUE_URL=${queue}\n`);
} catch (error) {
  tellFailure(error);
  process.exitCode = 1;
}
