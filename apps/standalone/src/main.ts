import 'reflect-metadata';
import { Command } from 'commander';
import { processEnvironment, runMain } from '@signalbox/platform';
import { standaloneEnvironmentOf } from './environment.js';
import { startStandalone } from './start-standalone.js';

/** commander prints help and faults itself and exits. */
function refuseArguments(argv: readonly string[]): void {
  new Command('start')
    .description(
      'All services in one process, on embedded PostgreSQL or DATABASE_URL. Settings are environment variables: .env.example has them.',
    )
    .allowExcessArguments(false)
    .parse(argv);
}

await runMain(async () => {
  refuseArguments(process.argv);
  const running = await startStandalone(standaloneEnvironmentOf(processEnvironment()));
  process.stdout.write(`Signalbox is up. GraphQL: ${running.url}\n`);
  return running;
});
