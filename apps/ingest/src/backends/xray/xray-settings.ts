import { SignalboxError } from '@signalbox/contracts';
import { checkAws } from '../aws/aws-access.js';
import type { BackendSettings } from '../backends.js';

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

/** What a new source is refused for. @throws SignalboxError INVALID_INPUT */
export function checkXray(settings: BackendSettings): void {
  checkAws(settings);
  if (settings.path !== null) logGroupsOf(settings.path);
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
