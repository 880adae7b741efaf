import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { embeddingService } from './index.js';

const DEFAULT_PORT = 4103;

await runMain(() =>
  startService(embeddingService, serviceEnvironmentOf('embedding', DEFAULT_PORT, processEnvironment())),
);
