import 'reflect-metadata';
import { processEnvironment, runMain } from '@signalbox/platform';
import { standaloneEnvironmentOf } from './environment.js';
import { startStandalone } from './start-standalone.js';

await runMain(async () => {
  const running = await startStandalone(standaloneEnvironmentOf(processEnvironment()));
  process.stdout.write(`Signalbox is up. GraphQL: ${running.url}\n`);
  return running;
});
