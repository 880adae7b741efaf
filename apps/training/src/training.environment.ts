import type { ServiceEnvironment } from '@signalbox/platform';

/** Injection token of the service's {@link ServiceEnvironment}. */
export const TRAINING_ENVIRONMENT = Symbol('environment of training');
export type TrainingEnvironment = Pick<ServiceEnvironment, 'role' | 'secretKey'>;

/** Injection token of the `ObjectStore`. */
export const OBJECT_STORE = Symbol('object store of training');
