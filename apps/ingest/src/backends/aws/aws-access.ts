import { SignalboxError } from '@signalbox/contracts';
import type { AwsRolePolicy } from '@signalbox/outbound';
import type { BackendSettings } from '../backends.js';
import { checkRole, type AwsUse } from './aws-role.js';

/** Becomes a part of a host's name, so that nothing else may be in it. */
const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/;

export interface AwsAccess {
  region: string;
  endpoint: string | null;
  /** Null for what the process finds: its environment, its role, its profile; only for what the operator lists. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
}

/** @throws SignalboxError INVALID_INPUT that never repeats a credential, or AWS_ROLE_REFUSED */
export function awsAccessOf(settings: BackendSettings, use: AwsUse, role: AwsRolePolicy): AwsAccess {
  const { region, endpoint, credentials } = settings;
  if (region === null || !REGION.test(region)) throw invalid('region: expected a region of AWS, e.g. eu-central-1');
  if (credentials === null) {
    checkRole(region, endpoint, use, role);
    return { region, endpoint, credentials: null };
  }
  if (!('username' in credentials))
    throw invalid('credentials: AWS takes {username: access key id, password: secret access key}');
  const { username: accessKeyId, password: secretAccessKey } = credentials;
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
}

/** What a new source that AWS keeps is refused for. @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED */
export function checkAws(settings: BackendSettings, use: AwsUse, role: AwsRolePolicy): void {
  if (Object.keys(settings.headers).length > 0) throw invalid('headers: requests to AWS are signed, leave them out');
  awsAccessOf(settings, use, role);
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
