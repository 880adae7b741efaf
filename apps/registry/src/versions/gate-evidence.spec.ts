import { describe, expect, it } from '@jest/globals';
import { DEFAULT_GATE_LIMITS } from '@signalbox/routers';
import { gateInput } from '../registry.harness.js';
import { gateReport } from './gate-evidence.js';

const asked = { limits: DEFAULT_GATE_LIMITS, gatesBefore: 0, champion: 'bot@1' };
const better = gateInput((prompt) => (prompt % 10 < 8 ? 1 : 0), 'champion bot@1');

describe('the report of a gate', () => {
  it('passes a version that is better and cheaper, read back from JSON', () => {
    const { report, spentError } = gateReport({ ...asked, evidence: JSON.parse(JSON.stringify(better)) });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect({ passed: report.passed, spentError }).toEqual({ passed: true, spentError: true });
  });

  it.each<[string, unknown]>([
    ['no evidence', null],
    ['evidence of another form', { challenger: [] }],
    ['outcomes of fewer prompts', { ...better, groups: ['a'] }],
    ['a quality that is not known', gateInput((prompt) => (prompt === 7 ? NaN : 1), 'bot@1')],
  ])('refuses %s, says what is missing, and spends no error', (_what, evidence) => {
    const { report, spentError } = gateReport({ ...asked, evidence: JSON.parse(JSON.stringify(evidence)) });
    expect(report).toMatchObject({ passed: false, power: null, checks: [{ name: 'evaluation', passed: false }] });
    expect(spentError).toBe(false);
  });

  it('tells what stands behind the outcomes, which is no condition', () => {
    const notes = ['120 outcomes are of a judge that had not passed its gate.'];
    const { report } = gateReport({ ...asked, evidence: { ...better, notes } });
    expect(report.notes).toEqual(notes);
    const before = gateReport({ ...asked, evidence: better }).report;
    expect({ ...report, notes: [] }).toEqual({ ...before, notes: [] });
  });

  it('is good for the champion that was compared with alone', () => {
    const { report } = gateReport({ ...asked, evidence: better, champion: 'bot@3' });
    expect(report).toMatchObject({ passed: false });
    expect(report.checks.at(-1)).toEqual({
      name: 'champion of now',
      passed: false,
      measured: 'compared with bot@1',
      required: 'bot@3',
    });
  });
});
