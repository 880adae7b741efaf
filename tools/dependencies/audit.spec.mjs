import { describe, expect, it } from '@jest/globals';
import { auditSummary } from './audit.mjs';

const report = (vulnerabilities, counts) => JSON.stringify({ vulnerabilities, metadata: { vulnerabilities: counts } });

describe('the summary of an audit', () => {
  it('counts by severity and names the worst', () => {
    const found = {
      b: { name: 'b', severity: 'high' },
      a: { name: 'a', severity: 'high' },
      c: { name: 'c', severity: 'low' },
    };
    expect(auditSummary(report(found, { info: 0, low: 1, moderate: 0, high: 2, critical: 0, total: 3 }))).toBe(
      '2 high, 1 low; high: a, b',
    );
  });

  it('says that nothing is known', () => {
    expect(auditSummary(report({}, { low: 0, high: 0 }))).toBe('no known vulnerabilities');
  });

  it('says why there is no report, as where the registry answers no audits', () => {
    const refused = { message: '405 Method Not Allowed', statusCode: 405, error: { summary: '' } };
    expect(auditSummary(JSON.stringify(refused))).toBe('no report: 405 Method Not Allowed');
    expect(auditSummary('')).toBe('no report: npm audit printed no JSON');
  });
});
