import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { embeddingService } from './index.js';

await runMain(() => startService(embeddingService, serviceEnvironmentOf('embedding', processEnvironment())));
