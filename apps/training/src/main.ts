import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { trainingService } from './index.js';

await runMain(() => startService(trainingService, serviceEnvironmentOf('training', processEnvironment())));
