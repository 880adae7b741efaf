import type { ServiceDefinition } from '@signalbox/platform';
import { LabelingModule } from './labeling.module.js';

export { labelingDatabase } from './labeling.database.js';
export const labelingService: ServiceDefinition = {
  name: 'labeling',
  module: (environment, edges) => LabelingModule.forEnvironment(environment, edges),
};
