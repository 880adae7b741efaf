import { SignalboxError } from '@signalbox/contracts';
import type { AwsRolePolicy } from '@signalbox/outbound';

export type AwsService = 's3' | 'xray' | 'logs';

/** What a source asks of AWS. */
export interface AwsUse {
  services: readonly AwsService[];
  /** As AWS_ROLE_ALLOW names it. */
  reads: readonly string[];
}

/**
 * Lets the process's own credentials be used for AWS's own services alone, and there for what the operator lists.
 * @throws SignalboxError INVALID_INPUT or AWS_ROLE_REFUSED
 */
export function checkRole(region: string, endpoint: string | null, { services, reads }: AwsUse, role: AwsRolePolicy) {
  if (endpoint !== null && !services.some((service) => isAws(new URL(endpoint), service, region)))
    throw new SignalboxError(
      'INVALID_INPUT',
      `credentials: those of the process are used for hosts of AWS alone, e.g. https://${services[0]}.${region}.${domainsOf(region).name}; leave out endpoint, or give credentials for this one`,
    );
  const refused = reads.filter((read) => !role.allows(read));
  if (refused.length === 0) return;
  const isOpenEnded = refused.every((read) => role.allows(`${read}/`));
  throw new SignalboxError(
    'AWS_ROLE_REFUSED',
    `${refused.join(', ')}: may not be read with the AWS credentials of this installation.`,
    isOpenEnded ? 'End path with a slash: without it, it is the beginning of other names as well.' : undefined,
  );
}

/** Names under AWS's domains that lead to customers' servers or buckets are most; these lead to the service alone. */
function isAws({ protocol, port, pathname, hostname }: URL, service: AwsService, region: string): boolean {
  // A path would be the beginning of each request's: on S3, that of another bucket.
  if (protocol !== 'https:' || port !== '' || pathname !== '/') return false;
  const { name, dualStack } = domainsOf(region);
  const own = [service, `${service}-fips`].flatMap((host) => [
    `${host}.${region}.${name}`,
    service === 's3' ? `${host}.dualstack.${region}.${name}` : `${host}.${region}.${dualStack}`,
  ]);
  // One that PrivateLink leads to a customer's service has the id of that in place of the service's name.
  const link = `.${service}.${region}.vpce.${name}`;
  const endpoint = service === 's3' ? /^bucket\.vpce-[0-9a-z-]+$/ : /^vpce-[0-9a-z-]+$/;
  return own.includes(hostname) || (hostname.endsWith(link) && endpoint.test(hostname.slice(0, -link.length)));
}

const domainsOf = (region: string) =>
  region.startsWith('cn-')
    ? { name: 'amazonaws.com.cn', dualStack: 'api.amazonwebservices.com.cn' }
    : { name: 'amazonaws.com', dualStack: 'api.aws' };
