import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { ingestService } from './index.js';

await runMain(() => startService(ingestService, serviceEnvironmentOf('ingest', processEnvironment())));
