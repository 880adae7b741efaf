import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { labelingService } from './index.js';

await runMain(() => startService(labelingService, serviceEnvironmentOf('labeling', processEnvironment())));
