import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { ingestService } from './index.js';

const DEFAULT_PORT = 4101;

await runMain(() => startService(ingestService, serviceEnvironmentOf('ingest', DEFAULT_PORT, processEnvironment())));
