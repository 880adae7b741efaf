import type { ServiceEnvironment } from '@signalbox/platform';

/** Injection token of the service's {@link ServiceEnvironment}. */
export const EMBEDDING_ENVIRONMENT = Symbol('environment of embedding');
export type EmbeddingEnvironment = Pick<ServiceEnvironment, 'role'>;
