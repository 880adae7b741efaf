import 'reflect-metadata';
import type { ServiceDefinition } from '@signalbox/platform';
import { RegistryModule } from './registry.module.js';

export { registryDatabase } from './registry.database.js';

export const registryService: ServiceDefinition = {
  name: 'registry',
  module: (environment, edges) => RegistryModule.forEnvironment(environment, edges),
};
