import type { ServiceEnvironment } from '@signalbox/platform';

/** Injection token of the service's {@link ServiceEnvironment}. */
export const LABELING_ENVIRONMENT = Symbol('environment of labeling');
export type LabelingEnvironment = Pick<ServiceEnvironment, 'role' | 'secretKey' | 'labelPolicy'>;
/** Injection token of the object store that versions of routers lie in. */
export const OBJECT_STORE = Symbol('object store of labeling');
