import type { ServiceDefinition } from '@signalbox/platform';
import { TrainingModule } from './training.module.js';

export { trainingDatabase } from './training.database.js';
export const trainingService: ServiceDefinition = {
  name: 'training',
  module: (environment, edges) => TrainingModule.forEnvironment(environment, edges),
};
