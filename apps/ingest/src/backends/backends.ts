import { SignalboxError } from '@signalbox/contracts';
import type { AwsRolePolicy, Outbound } from '@signalbox/outbound';
import { TraceSourceKind } from '../sources/source.type.js';
import { BucketReader } from './bucket/bucket.reader.js';
import { bucketAccessOf, bucketOf, checkFiles, isBucket } from './bucket/bucket-settings.js';
import { FileReader } from './file/file.reader.js';
import { checkJaeger, JaegerReader } from './jaeger/jaeger.reader.js';
import { TempoReader } from './tempo/tempo.reader.js';
import type { TraceReader } from './trace-reader.js';
import { openXray } from './xray/open-xray.js';
import { checkXray } from './xray/xray-settings.js';

/** Where and how a backend is asked; null where the source says nothing. */
export interface BackendSettings {
  endpoint: string | null;
  serviceName: string | null;
  tenant: string | null;
  region: string | null;
  path: string | null;
  filter: string | null;
  /** Sent with every request; the credentials of an HTTP API are among them. */
  headers: Record<string, string>;
  credentials: BackendCredentials | null;
}

type BackendCredentials = { token: string } | { username: string; password: string };

/** Settings that have no meaning for every kind of source. */
export type BackendSetting = 'endpoint' | 'serviceName' | 'tenant' | 'region' | 'path' | 'filter';

/** What readers reach the world by. */
export interface BackendEdges {
  outbound: Outbound;
  /** What may be read with the AWS credentials of the process. */
  awsRole: AwsRolePolicy;
  /** Folder of trace files; '' when there is none. */
  traceFiles: string;
  /** Ends what the reader does, closes its connections, and fails what is asked of it then. */
  signal?: AbortSignal | undefined;
}

export interface Backend {
  /** A setting beside these is refused rather than dropped. */
  uses: readonly BackendSetting[];
  needs: readonly BackendSetting[];
  /** Looks at what a new source says. @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED */
  check?(settings: BackendSettings, edges: BackendEdges): void;
  /** @throws SignalboxError with a SOURCE_ code, or AWS_ROLE_REFUSED */
  open(settings: BackendSettings, edges: BackendEdges): Promise<TraceReader>;
}

/** One entry for each kind of source. */
export const BACKENDS: Readonly<Record<TraceSourceKind, Backend>> = {
  [TraceSourceKind.JAEGER]: {
    uses: ['endpoint', 'serviceName', 'tenant', 'filter'],
    needs: ['endpoint'],
    check: checkJaeger,
    open: ({ endpoint, filter, tenant, headers }, { outbound, signal }) => {
      const tenantHeader: Record<string, string> = tenant === null ? {} : { 'x-tenant': tenant };
      return JaegerReader.open(outbound, endpoint ?? '', { headers: { ...tenantHeader, ...headers }, filter }, signal);
    },
  },
  [TraceSourceKind.TEMPO]: {
    uses: ['endpoint', 'serviceName', 'tenant', 'filter'],
    needs: ['endpoint'],
    open: ({ endpoint, serviceName, filter, tenant, headers }, { outbound, signal }) => {
      const tenantHeader: Record<string, string> = tenant === null ? {} : { 'x-scope-orgid': tenant };
      return TempoReader.open(
        outbound,
        endpoint ?? '',
        { serviceName, filter },
        { ...tenantHeader, ...headers },
        signal,
      );
    },
  },
  [TraceSourceKind.XRAY]: {
    uses: ['endpoint', 'serviceName', 'region', 'path', 'filter'],
    needs: ['region'],
    check: checkXray,
    open: openXray,
  },
  [TraceSourceKind.OTLP]: {
    uses: [],
    needs: [],
    open: () =>
      Promise.reject(
        new SignalboxError(
          'INVALID_INPUT',
          'An OTLP source is sent to, not read.',
          'Point an exporter at /v1/traces of ingest; what it sends is read within seconds.',
        ),
      ),
  },
  [TraceSourceKind.FILE]: {
    uses: ['path', 'serviceName', 'endpoint', 'region'],
    needs: ['path'],
    check: checkFiles,
    open: async (settings, { outbound, awsRole, traceFiles, signal }) =>
      isBucket(settings.path)
        ? BucketReader.open(outbound, bucketAccessOf(settings, awsRole), bucketOf(settings.path), signal)
        : FileReader.open(traceFiles, settings.path ?? '', signal),
  },
};
