import { describe, expect, it } from '@jest/globals';
import { AwsRolePolicy } from '@signalbox/outbound';
import fc from 'fast-check';
import type { BackendSettings } from '../backends.js';
import { awsAccessOf } from './aws-access.js';
import type { AwsService } from './aws-role.js';

const ABSENT = { serviceName: null, tenant: null, path: null, filter: null, headers: {}, credentials: null };
const REGION = 'eu-central-1';
const ROLE = AwsRolePolicy.allowing('xray');

const access = (service: AwsService, endpoint: string, change: Partial<BackendSettings> = {}) =>
  awsAccessOf({ ...ABSENT, region: REGION, endpoint, ...change }, { services: [service], reads: ['xray'] }, ROLE);
const refusal = expect.objectContaining({
  code: 'INVALID_INPUT',
  message: expect.stringMatching(/^credentials: those of the process are used for hosts of AWS alone, e.g. https:/),
});

describe("the process's AWS credentials", () => {
  it.each([
    ['s3', 'https://s3.eu-central-1.amazonaws.com'],
    ['s3', 'https://s3.eu-central-1.amazonaws.com:443/'],
    ['s3', 'https://s3.dualstack.eu-central-1.amazonaws.com'],
    ['s3', 'https://s3-fips.eu-central-1.amazonaws.com'],
    ['s3', 'https://bucket.vpce-0a1b2c-3d4e.s3.eu-central-1.vpce.amazonaws.com'],
    ['xray', 'https://xray.eu-central-1.amazonaws.com'],
    ['xray', 'https://XRAY.eu-central-1.amazonaws.com'],
    ['xray', 'https://xray.eu-central-1.api.aws'],
    ['xray', 'https://xray-fips.eu-central-1.amazonaws.com'],
    ['xray', 'https://vpce-0a1b2c-3d4e-eu-central-1a.xray.eu-central-1.vpce.amazonaws.com'],
    ['logs', 'https://logs.eu-central-1.amazonaws.com'],
  ] as const)('are used for %s at %s', (service, endpoint) => {
    expect(access(service, endpoint)).toEqual({ region: REGION, endpoint, credentials: null });
  });

  it('are used in China at the names that AWS has there', () => {
    const region = 'cn-north-1';
    for (const endpoint of [
      'https://xray.cn-north-1.amazonaws.com.cn',
      'https://xray.cn-north-1.api.amazonwebservices.com.cn',
    ])
      expect(access('xray', endpoint, { region })).toMatchObject({ endpoint });
    expect(() => access('xray', 'https://xray.cn-north-1.amazonaws.com', { region })).toThrow(refusal);
  });

  it.each([
    ['s3', 'http://s3.eu-central-1.amazonaws.com'],
    ['s3', 'https://s3.eu-central-1.amazonaws.com:8443'],
    ['s3', 'https://s3.eu-central-1.amazonaws.com/routers'],
    ['s3', 'https://s3.us-east-1.amazonaws.com'],
    ['s3', 'https://s3.eu-central-1.amazonaws.com.cn'],
    ['s3', 'https://s3.eu-central-1.amazonaws.com.'],
    ['s3', 'https://routers.s3.eu-central-1.amazonaws.com'],
    ['s3', 'https://routers.s3.amazonaws.com'],
    ['s3', 'https://s3-website.eu-central-1.amazonaws.com'],
    ['s3', 'https://a-1.s3-accesspoint.eu-central-1.amazonaws.com'],
    ['s3', 'https://accesspoint.vpce-0a1b2c-3d4e.s3.eu-central-1.vpce.amazonaws.com'],
    ['s3', 'https://xray.eu-central-1.amazonaws.com'],
    ['xray', 'https://s3.eu-central-1.amazonaws.com'],
    ['xray', 'https://mine.xray.eu-central-1.amazonaws.com'],
    ['xray', 'https://mine.xray.eu-central-1.vpce.amazonaws.com'],
    ['xray', 'https://vpce-0a1b2c-3d4e.vpce-svc-0a1b.eu-central-1.vpce.amazonaws.com'],
    ['xray', 'https://mine-1234.eu-central-1.elb.amazonaws.com'],
    ['xray', 'https://ec2-1-2-3-4.compute.amazonaws.com'],
    ['xray', 'https://ec2-1-2-3-4.eu-central-1.compute.amazonaws.com'],
    ['xray', 'https://abc123.execute-api.eu-central-1.amazonaws.com'],
    ['xray', 'https://abc123.lambda-url.eu-central-1.on.aws'],
    ['xray', 'https://xray.eu-central-1.amazonaws.com.example.com'],
    ['xray', 'https://xrayXeu-central-1.amazonaws.com'],
    ['xray', 'https://10.0.0.1'],
  ] as const)('are not used for %s at %s', (service, endpoint) => {
    expect(() => access(service, endpoint)).toThrow(refusal);
    const credentials = { username: 'AKIDEXAMPLE', password: 'secret' };
    expect(access(service, endpoint, { credentials })).toMatchObject({ endpoint });
  });

  it("are not used for a customer's name under a domain of AWS, whatever it is", () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const domain = fc.constantFrom(
      'amazonaws.com',
      'eu-central-1.amazonaws.com',
      'xray.eu-central-1.amazonaws.com',
      'api.aws',
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), domain, (labels, under) => {
        const host = [...labels, under].join('.');
        fc.pre(
          !['xray', 'xray-fips'].some(
            (own) => host === `${own}.${REGION}.amazonaws.com` || host === `${own}.${REGION}.api.aws`,
          ),
        );
        fc.pre(URL.canParse(`https://${host}`));
        expect(() => access('xray', `https://${host}`)).toThrow(refusal);
      }),
    );
  });
});
