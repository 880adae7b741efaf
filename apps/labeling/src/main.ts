import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { labelingService } from './index.js';

const DEFAULT_PORT = 4102;

await runMain(() =>
  startService(labelingService, serviceEnvironmentOf('labeling', DEFAULT_PORT, processEnvironment())),
);
