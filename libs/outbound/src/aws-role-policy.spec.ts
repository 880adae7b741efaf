import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AwsRolePolicy } from './aws-role-policy.js';

describe('AWS_ROLE_ALLOW', () => {
  it.each([
    ['', 'xray', false],
    ['', 's3://team/', false],
    ['xray', 'xray', true],
    ['xray', 'logs:aws/spans', false],
    ['xray', 's3://xray/', false],
    ['s3://team', 's3://team/', true],
    ['s3://team', 's3://team/a/b', true],
    ['s3://team', 's3://team-secret/', false],
    ['s3://team', 's3://tea/', false],
    ['s3://traces/team', 's3://traces/team/', true],
    ['s3://traces/team/', 's3://traces/team/2026-03-01', true],
    ['s3://traces/team', 's3://traces/team', false],
    ['s3://traces/team/', 's3://traces/team-secret/', false],
    ['s3://traces/team', 's3://traces/', false],
    ['s3://traces/team', 's3://traces/Team/', false],
    ['s3://traces/team', 's3://traces//team/', false],
    ['s3://traces/team', 's3://traces/team/../secret/', false],
    ['s3://traces', 's3://traces/../routers/', false],
    ['s3://traces', 's3://traces/./a', false],
    ['s3://traces, xray', 's3://traces/a', true],
    ['logs:aws/spans', 'logs:aws/spans', true],
    ['logs:aws/spans', 'logs:aws/spans-secret', false],
    ['logs:aws/spans', 'logs:aws/spans/secret', false],
    ['logs:/aws/bedrock/', 'logs:/aws/bedrock/agent', true],
    ['logs:/aws/bedrock/', 'logs:/aws/bedrock', false],
    ['logs:aws/spans', 'logs:arn:aws:logs:eu-central-1:123456789012:log-group:aws/spans', false],
  ])('%j with %s: %s', (text, read, allowed) => {
    expect(AwsRolePolicy.allowing(text).allows(read)).toBe(allowed);
  });

  it('lets through what reads keys below a listed prefix by whole segments, and nothing else', () => {
    const segments = fc.array(fc.constantFrom('a', 'ab', 'a-b'), { maxLength: 3 });
    fc.assert(
      fc.property(segments, segments, fc.constantFrom('', '/'), (listed, read, end) => {
        const below = ['traces', ...listed];
        const isBelow = (key: string) => {
          const parts = key.split('/');
          return parts.length > below.length && below.every((part, n) => parts[n] === part);
        };
        const prefix = ['traces', ...read].join('/') + (read.length === 0 ? '/' : end);
        // Keys that S3 may give for the prefix.
        const keys = ['', 'c', '-secret/c', '/c'].map((rest) => prefix + rest);
        for (const slash of ['', '/'])
          expect(AwsRolePolicy.allowing(`s3://${below.join('/')}${slash}`).allows(`s3://${prefix}`)).toBe(
            keys.every(isBelow),
          );
      }),
    );
  });

  it.each([
    's3://',
    's3://Team',
    's3://team/*',
    'team/prefix',
    's3://a..b',
    's3://team/../x',
    'logs:',
    'logs:*',
    'XRAY',
    '*',
  ])('refuses %s', (entry) => {
    expect(AwsRolePolicy.parse(`xray, ${entry}`)).toEqual({ faults: [entry] });
  });
});
