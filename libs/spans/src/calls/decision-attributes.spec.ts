import { describe, expect, it } from '@jest/globals';
import type { Attributes, NormalSpan, SpanEvent } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';

const START = 1_700_000_000_000_000_000n;
const PAYLOAD = {
  contract_version: 'v1',
  event_id: '4f5c1d2e-0000-4000-8000-000000000001',
  strategy_name: 'knn',
  strategy_version: '3',
  candidate_deployments: [
    { model_name: 'gpt-4o', provider: 'openai', score: 0.9, available: true },
    { model_name: 'gpt-4o', provider: 'azure', score: 0.9, available: true },
    { model_name: 'gpt-4o-mini', provider: 'openai', score: 0.6, available: true },
    { model_name: 'claude', provider: 'anthropic', score: null, available: false },
  ],
  selected_deployment: 'gpt-4o-mini',
};

function call(attributes: Attributes, events: SpanEvent[] = []): NormalSpan {
  return {
    traceId: '000000000000000000000000000000ab',
    spanId: '0000000000000002',
    parentSpanId: '0000000000000001',
    name: 'litellm_request',
    kind: 'CLIENT',
    serviceName: null,
    scopeName: 'litellm',
    startUnixNano: START,
    endUnixNano: START + 1_000_000n,
    attributes: { 'gen_ai.request.model': 'gpt-4o-mini', ...attributes },
    resourceAttributes: {},
    events,
    status: { code: 'UNSET', message: null },
  };
}

const decided = (payload: object, name = 'routeiq.router_decision'): SpanEvent => ({
  name,
  timeUnixNano: START,
  attributes: { 'routeiq.router_decision.payload': JSON.stringify(payload) },
});

const decisionOf = (...spans: NormalSpan[]) => extractCalls(spans).calls[0];

describe("RouteIQ's decision", () => {
  const expected = {
    decisionId: '4f5c1d2e-0000-4000-8000-000000000001',
    chosenCandidate: 'gpt-4o-mini',
    available: ['gpt-4o', 'gpt-4o-mini'],
    routerVersion: 'knn@3',
    probabilities: null,
  };

  it.each(['routeiq.router_decision', 'routeiq.router_decision.v1'])('is read from the event %s', (name) => {
    expect(decisionOf(call({}, [decided(PAYLOAD, name)]))).toMatchObject({ ...expected, propensity: null });
  });

  it('is taken from the span above, where the gateway writes it', () => {
    const proxy: NormalSpan = {
      ...call({}, [decided(PAYLOAD)]),
      spanId: '0000000000000001',
      parentSpanId: null,
      name: 'Received Proxy Server Request',
      attributes: {},
    };
    expect(decisionOf(proxy, call({}))).toMatchObject(expected);
  });

  it.each([
    [0.25, { weight: 25, total_weight: 100 }],
    [1, { weight: 1, total_weight: 1 }],
    [null, { weight: 0, total_weight: 100 }],
    [null, { weight: 2, total_weight: 1 }],
    [null, { weight: 1, total_weight: 0 }],
    [null, { weight: 1 }],
  ])("has the propensity %s of its experiment's arm %j", (propensity, experiment) => {
    expect(decisionOf(call({}, [decided({ ...PAYLOAD, experiment })]))?.propensity).toBe(propensity);
  });

  it('says less on attributes', () => {
    const attributes = { 'router.strategy': 'knn', 'router.strategy_version': '3', 'router.model_selected': 'gpt-4o' };
    expect(decisionOf(call(attributes))).toMatchObject({
      chosenCandidate: 'gpt-4o',
      routerVersion: 'knn@3',
      decisionId: null,
      propensity: null,
      available: null,
    });
  });

  it("gives way as a whole to Signalbox's own", () => {
    const own = { 'signalbox.router.chosen': 'claude', 'signalbox.router.propensity': 0.5 };
    expect(decisionOf(call(own, [decided({ ...PAYLOAD, experiment: { weight: 1, total_weight: 4 } })]))).toMatchObject({
      chosenCandidate: 'claude',
      propensity: 0.5,
      decisionId: null,
      available: null,
      routerVersion: null,
    });
  });

  it.each(['not JSON', '[]', '{}', '{"candidate_deployments": 7, "selected_deployment": {}}'])(
    'is absent of %s',
    (text) => {
      const event = { ...decided({}), attributes: { 'routeiq.router_decision.payload': text } };
      expect(decisionOf(call({}, [event]))).toMatchObject({ chosenCandidate: null, available: null, propensity: null });
    },
  );
});

describe("LiteLLM's own router", () => {
  it('tells what it chose', () => {
    expect(decisionOf(call({ 'litellm.routing.routed_model': 'gpt-4o' }))?.chosenCandidate).toBe('gpt-4o');
  });
});
