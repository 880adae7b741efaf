import { extractCalls, parseJaegerV3 } from '@signalbox/spans';
import { describe, expect, it } from '@jest/globals';
import { nanosOf } from './jaeger-server.js';
import { TraceStore, tracesBody } from './trace-search.js';
import { generateTraffic } from './traffic.js';

describe('extraction', () => {
  it('the reader that production uses finds every call in the spans, as it was made', () => {
    const traffic = generateTraffic({ seed: 5, scenario: 'default', calls: 1500 });
    const window = { fromNano: nanosOf(traffic.from) ?? 0n, toNano: nanosOf(traffic.to) ?? 0n };
    const traces = new TraceStore(traffic).find({ ...window, depth: 10_000, operationName: null });
    const parsed = parseJaegerV3(tracesBody(traces));
    if (!parsed.ok) throw new Error(parsed.error.hint);
    const { calls } = extractCalls(parsed.value.spans);
    const found = calls.map((call) => ({
      span: [call.traceId, call.spanId],
      query: call.query,
      response: call.response,
      requestModel: call.requestModel,
      tokens: [call.inputTokens, call.outputTokens],
      costUsd: call.costUsd,
      who: [call.userId, call.sessionId],
      status: call.status,
      decision: [call.decisionId, call.chosenCandidate, call.propensity, call.probabilities, call.available],
    }));
    const made = traffic.calls.map((call) => ({
      span: [call.traceId, call.spanId],
      query: call.contentLogged ? call.turns.at(-1)?.content : null,
      response: call.contentLogged && !call.withTools ? (call.answer?.text ?? null) : null,
      requestModel: call.decision.candidate,
      tokens: [call.answer?.inputTokens ?? null, call.answer?.outputTokens ?? null],
      costUsd: call.costLogged ? (call.answer?.costUsd ?? null) : null,
      who: [call.userId, call.sessionId],
      status: call.failure === null ? 'OK' : call.failure === 'Timeout' ? 'TIMEOUT' : 'ERROR',
      decision: [
        call.decisionId,
        call.decision.candidate,
        call.decision.propensity,
        call.decision.probabilities,
        call.decision.available,
      ],
    }));
    const byTrace = (a: { span: string[] }, b: { span: string[] }): number => (a.span.join() < b.span.join() ? -1 : 1);
    expect(found.sort(byTrace)).toEqual(made.sort(byTrace));
    expect(new Set(calls.map((call) => call.dialect)).size).toBeGreaterThanOrEqual(3);
  });
});
