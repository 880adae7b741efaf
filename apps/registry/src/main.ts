import 'reflect-metadata';
import { processEnvironment, runMain, serviceEnvironmentOf, startService } from '@signalbox/platform';
import { registryService } from './index.js';

await runMain(() => startService(registryService, serviceEnvironmentOf('registry', processEnvironment())));
