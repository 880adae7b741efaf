import { SignalboxError } from '@signalbox/contracts';
import type { BackendSettings } from '../backends.js';

/** Becomes a part of a host's name, so that nothing else may be in it. */
const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/;
/** Hosts that the credentials of the process may be used for. */
const AWS_HOST = /\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/;

export interface AwsAccess {
  region: string;
  endpoint: string | null;
  /** Null for what the process finds: its environment, its role, its profile. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
}

/** @throws SignalboxError INVALID_INPUT that never repeats a credential */
export function awsAccessOf({ region, endpoint, credentials }: BackendSettings): AwsAccess {
  if (region === null || !REGION.test(region)) throw invalid('region: expected a region of AWS, e.g. eu-central-1');
  if (credentials !== null && !('username' in credentials))
    throw invalid('credentials: AWS takes {username: access key id, password: secret access key}');
  if (credentials === null && endpoint !== null && !AWS_HOST.test(new URL(endpoint).hostname))
    throw invalid('credentials: those of the process are used for hosts of AWS alone, give some for this endpoint');
  return {
    region,
    endpoint,
    credentials: credentials && { accessKeyId: credentials.username, secretAccessKey: credentials.password },
  };
}

/** What a new source that AWS keeps is refused for. @throws SignalboxError INVALID_INPUT */
export function checkAws(settings: BackendSettings): void {
  awsAccessOf(settings);
  if (Object.keys(settings.headers).length > 0) throw invalid('headers: requests to AWS are signed, leave them out');
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
