import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { trainingService } from './index.js';

const DEFAULT_PORT = 4104;

await runMain(() =>
  startService(trainingService, serviceEnvironmentOf('training', DEFAULT_PORT, processEnvironment())),
);
