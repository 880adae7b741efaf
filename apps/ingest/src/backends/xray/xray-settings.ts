import { SignalboxError } from '@signalbox/contracts';
import { checkAws } from '../aws/aws-access.js';
import type { AwsUse } from '../aws/aws-role.js';
import type { BackendEdges, BackendSettings } from '../backends.js';

const LOG_GROUP = /^[\w/.#:*-]{1,2048}$/;

export interface XrayQuery {
  serviceName: string | null;
  /** X-Ray's filter expression or CloudWatch's filter pattern. */
  filter: string | null;
}

/** The group of spans, then those of content records. */
export function logGroupsOf(path: string): string[] {
  const groups = path.split(',').map((group) => group.trim());
  if (!groups.every((group) => LOG_GROUP.test(group)))
    throw invalid(
      'path: expected names or ARNs of log groups with commas between them, that of the spans first, e.g. aws/spans',
    );
  return [...new Set(groups)];
}

/** Of traces that its log groups name, X-Ray is asked for the rest. */
export const xrayUseOf = (path: string | null): AwsUse =>
  path === null
    ? { services: ['xray'], reads: ['xray'] }
    : { services: ['logs', 'xray'], reads: logGroupsOf(path).map((group) => `logs:${group}`) };

/** What a new source is refused for. @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED */
export function checkXray(settings: BackendSettings, { awsRole }: BackendEdges): void {
  checkAws(settings, xrayUseOf(settings.path), awsRole);
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
