import type { BackendEdges, BackendSettings } from '../backends.js';
import type { TraceReader } from '../trace-reader.js';
import { TransactionSearchReader } from './transaction-search.reader.js';
import { awsAccessOf } from '../aws/aws-access.js';
import { logGroupsOf, xrayUseOf } from './xray-settings.js';
import { XrayReader } from './xray.reader.js';

/** A path names log groups, which only Transaction Search has. @throws SignalboxError with a SOURCE_ code, or AWS_ROLE_REFUSED */
export async function openXray(
  settings: BackendSettings,
  { outbound, awsRole, signal }: Omit<BackendEdges, 'traceFiles'>,
): Promise<TraceReader> {
  const { path, serviceName, filter } = settings;
  const access = awsAccessOf(settings, xrayUseOf(path), awsRole);
  return path === null
    ? XrayReader.open(outbound, access, { serviceName, filter }, signal)
    : TransactionSearchReader.open(outbound, access, logGroupsOf(path), { serviceName, filter }, signal);
}
