import { describe, expect, it } from '@jest/globals';
import { hashOf } from './draw.js';
import { servingProbabilities } from './policy.js';
import { FAMILIES } from './problems.js';
import { sideFilesOf } from './side-files.js';
import { spansOfCall, spansOfOther } from './spans.js';
import { generateTraffic, type SampleCall, type Traffic } from './traffic.js';

const traffic = generateTraffic({ seed: 7, scenario: 'default', calls: 4400 });
const { calls } = traffic;
const queryOf = (call: SampleCall): string => call.turns.at(-1)?.content ?? '';
const share = (holds: (call: SampleCall) => boolean): number => calls.filter(holds).length / calls.length;
const bytesOf = (of: Traffic): string =>
  hashOf(JSON.stringify([of.calls.map(spansOfCall), of.others.map(spansOfOther), sideFilesOf(of)]));

function grouped(of: readonly SampleCall[], key: (call: SampleCall) => string): Map<string, SampleCall[]> {
  const groups = new Map<string, SampleCall[]>();
  for (const call of of) groups.set(key(call), [...(groups.get(key(call)) ?? []), call]);
  return groups;
}

describe('traffic', () => {
  it('the same seed gives the same bytes, another seed others', () => {
    const bytes = [4, 4, 5].map((seed) => bytesOf(generateTraffic({ seed, scenario: 'default', calls: 300 })));
    expect(bytes[0]).toBe(bytes[1]);
    expect(bytes[0]).not.toBe(bytes[2]);
  });

  it('holds as many calls as asked for, each in a trace of its own, over all families and the six weeks', () => {
    expect(calls).toHaveLength(4400);
    expect(new Set(calls.map((call) => call.traceId)).size).toBe(4400);
    expect(new Set(calls.map((call) => call.spanId)).size).toBe(4400);
    expect(new Set(calls.map((call) => call.family))).toEqual(new Set(FAMILIES.map(({ name }) => name)));
    const starts = calls.map((call) => call.startUs / 1000);
    expect(Math.min(...starts)).toBeLessThan(Date.parse(traffic.from) + 86_400_000);
    expect(Math.max(...starts)).toBeGreaterThan(Date.parse(traffic.to) - 2 * 86_400_000);
    for (const span of calls.flatMap(spansOfCall)) {
      const ms = Number(BigInt(span.startTimeUnixNano) / 1_000_000n);
      expect(ms >= Date.parse(traffic.from) && ms < Date.parse(traffic.to)).toBe(true);
    }
  });

  it('prompts are as long as prompts are', () => {
    const lengths = calls.map((call) => queryOf(call).length);
    expect(Math.min(...lengths)).toBeGreaterThan(100);
    expect(Math.max(...lengths)).toBeLessThan(500);
  });

  it('repeats about a tenth of its prompts, to the letter or nearly', () => {
    const folded = (call: SampleCall): string =>
      queryOf(call).replaceAll(/Please help me with this\. |^Hi! | Thank you!| Thanks in advance\./g, '');
    const exact = 1 - new Set(calls.map(queryOf)).size / calls.length;
    const near = 1 - new Set(calls.map(folded)).size / calls.length;
    expect(exact).toBeGreaterThan(0.03);
    expect(near).toBeGreaterThan(0.07);
    expect(near).toBeLessThan(0.13);
  });

  it('errors, timeouts, calls without content and calls with tools come in the shares that real gateways have', () => {
    expect(share((call) => call.failure !== null)).toBeGreaterThan(0.018);
    expect(share((call) => call.failure !== null)).toBeLessThan(0.032);
    expect(share((call) => call.failure === 'Timeout')).toBeGreaterThan(0.004);
    expect(share((call) => !call.contentLogged)).toBeGreaterThan(0.014);
    expect(share((call) => !call.contentLogged)).toBeLessThan(0.027);
    expect(calls.filter((call) => call.withTools).length).toBeGreaterThan(18);
    expect(calls.filter((call) => call.withTools).length).toBeLessThan(45);
  });

  it('the turns of a conversation share the decision of the first', () => {
    const sessions = grouped(
      calls.filter((call) => call.sessionId !== null),
      (call) => call.sessionId ?? '',
    );
    const lengths = [...sessions.values()].map((turns) => turns.length);
    expect(Math.max(...lengths)).toBe(4);
    expect(lengths.filter((length) => length >= 2).length).toBeGreaterThan(200);
    for (const turns of sessions.values()) {
      expect(new Set(turns.map((turn) => JSON.stringify([turn.decisionId, turn.decision]))).size).toBe(1);
      const byLength = turns.map((turn) => turn.turns.length);
      expect(byLength).toEqual([...byLength].sort((a, b) => a - b));
    }
  });

  it('propensities are the chances with which the policy draws (chi-square over families)', () => {
    const decisions = [...new Map(calls.map((call) => [call.decisionId, call])).values()];
    for (const { decision } of decisions) {
      expect(Object.values(decision.probabilities).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      expect(decision.propensity).toBe(decision.probabilities[decision.candidate]);
      expect(Object.keys(decision.probabilities)).toEqual(decision.available);
    }
    const full = decisions.filter(({ decision }) => decision.available.length === 5);
    let statistic = 0;
    let freedom = 0;
    for (const [family, group] of grouped(full, (call) => call.family)) {
      for (const [name, probability] of Object.entries(
        servingProbabilities(family, group[0]?.decision.available ?? []),
      )) {
        const expected = probability * group.length;
        const seen = group.filter(({ decision }) => decision.candidate === name).length;
        statistic += (seen - expected) ** 2 / expected;
      }
      freedom += 4;
    }
    // The 99.9 % point of chi-square, by Wilson and Hilferty's approximation.
    const limit = freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;
    expect(full.length).toBeGreaterThan(3000);
    expect(statistic).toBeLessThan(limit);
  });

  it('a candidate that is out of service is neither available nor chosen', () => {
    const reduced = calls.filter((call) => call.decision.available.length < 5 && !call.withTools);
    expect(reduced.length).toBeGreaterThan(20);
    expect(reduced.every((call) => call.decision.available.includes(call.decision.candidate))).toBe(true);
  });

  it('side files name calls of the traffic and follow the answers without copying them', () => {
    const { feedback, groundTruth, humanLabels } = sideFilesOf(traffic);
    expect(feedback).toHaveLength(600);
    expect(humanLabels).toHaveLength(120);
    const unique = new Set(calls.map(queryOf)).size;
    expect(groundTruth.length / unique).toBeGreaterThan(0.31);
    expect(groundTruth.length / unique).toBeLessThan(0.39);
    const byTrace = new Map(calls.map((call) => [call.traceId, call]));
    const thumbs = (right: boolean): number => {
      const of = feedback.filter(({ traceId }) => (byTrace.get(traceId)?.answer?.score === 1) === right);
      return of.filter(({ score }) => score === 1).length / of.length;
    };
    expect(thumbs(true)).toBeGreaterThan(0.78);
    expect(thumbs(false)).toBeLessThan(0.35);
    const agreed = humanLabels.filter(({ traceId, spanId, score }) => {
      const call = byTrace.get(traceId);
      return call?.spanId === spanId && call.answer?.score === score;
    });
    expect(agreed.length).toBeGreaterThan(105);
    expect(agreed.length).toBeLessThan(120);
  });
});
