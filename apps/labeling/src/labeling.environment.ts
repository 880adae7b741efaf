import type { ServiceEnvironment } from '@signalbox/platform';

/** Injection token of the service's {@link ServiceEnvironment}. */
export const LABELING_ENVIRONMENT = Symbol('environment of labeling');
export type LabelingEnvironment = Pick<ServiceEnvironment, 'role' | 'secretKey' | 'labelPolicy'>;
