import type { ServiceEnvironment } from '@signalbox/platform';

/** Injection token of the service's {@link ServiceEnvironment}. */
export const INGEST_ENVIRONMENT = Symbol('environment of ingest');
export type IngestEnvironment = Pick<ServiceEnvironment, 'role' | 'secretKey' | 'traceFiles' | 'awsRoleAllow'>;

/** Injection token of the clock. */
export const CLOCK = Symbol('clock of ingest');
export type Clock = () => Date;
