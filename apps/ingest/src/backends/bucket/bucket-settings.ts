import { SignalboxError } from '@signalbox/contracts';
import type { AwsRolePolicy } from '@signalbox/outbound';
import { awsAccessOf, checkAws, type AwsAccess } from '../aws/aws-access.js';
import type { AwsUse } from '../aws/aws-role.js';
import type { BackendEdges, BackendSettings } from '../backends.js';

const BUCKET_PATH = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

export interface BucketPath {
  bucket: string;
  /** Every object whose key begins with it is read. */
  prefix: string;
}

export const isBucket = (path: string | null): boolean => path?.startsWith('s3://') === true;

/** @throws SignalboxError INVALID_INPUT */
export function bucketOf(path: string | null): BucketPath {
  const [, bucket, prefix = ''] = BUCKET_PATH.exec(path ?? '') ?? [];
  if (bucket === undefined) throw new SignalboxError('INVALID_INPUT', 'path: expected s3://bucket/prefix');
  return { bucket, prefix };
}

const useOf = ({ bucket, prefix }: BucketPath): AwsUse => ({ services: ['s3'], reads: [`s3://${bucket}/${prefix}`] });

/** @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED */
export const bucketAccessOf = (settings: BackendSettings, role: AwsRolePolicy): AwsAccess =>
  awsAccessOf(settings, useOf(bucketOf(settings.path)), role);

/** What a new FILE source is refused for. @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED */
export function checkFiles(settings: BackendSettings, { awsRole }: BackendEdges): void {
  if (isBucket(settings.path)) {
    checkAws(settings, useOf(bucketOf(settings.path)), awsRole);
    return;
  }
  for (const name of ['endpoint', 'region'] as const)
    if (settings[name] !== null)
      throw new SignalboxError('INVALID_INPUT', `${name}: has no meaning for files of a folder, leave it out`);
}
