import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import { describe, expect, it } from '@jest/globals';
import { pythonRepr } from './python-repr.js';
import { spansOfCall } from './spans.js';
import { generateTraffic, type Dialect, type SampleCall } from './traffic.js';

const { calls } = generateTraffic({ seed: 7, scenario: 'default', calls: 900 });
const first = (dialect: Dialect, holds: (call: SampleCall) => boolean = () => true): SampleCall => {
  const found = calls.find(
    (call) =>
      call.dialect === dialect &&
      call.failure === null &&
      call.contentLogged &&
      !call.withTools &&
      call.sessionId === null &&
      holds(call),
  );
  if (found === undefined) throw new Error(`no call in ${dialect}`);
  return found;
};
const reportOf = (call: SampleCall) => {
  const spans = spansOfCall(call);
  const span = spans.find(({ spanId }) => spanId === call.spanId);
  if (span === undefined) throw new Error('no span reports the call');
  const valueOf = (key: string): string | undefined => {
    const value = span.attributes.find((attribute) => attribute.key === key)?.value;
    return value === undefined ? undefined : JSON.stringify(value);
  };
  return { spans, span, valueOf, names: spans.map(({ name }) => name) };
};
const said = (value: string | number): string =>
  JSON.stringify(typeof value === 'string' ? { stringValue: value } : { intValue: String(value) });

describe('spans', () => {
  it('the dialects follow each other in time', () => {
    const order = calls.map((call) => call.dialect);
    expect(order).toEqual(
      [...order].sort(
        (a, b) => ['seed', 'litellm-a', 'litellm-b'].indexOf(a) - ['seed', 'litellm-a', 'litellm-b'].indexOf(b),
      ),
    );
    expect(new Set(order).size).toBe(3);
  });

  it('the first weeks speak the seed’s names on litellm.completion', () => {
    const call = first('seed', ({ turns }) => turns.length === 1);
    const { span, valueOf } = reportOf(call);
    expect(span.name).toBe('litellm.completion');
    expect(valueOf('gen_ai.prompt')).toBe(said(call.turns[0]?.content ?? ''));
    expect(valueOf('gen_ai.completion')).toBe(said(call.answer?.text ?? ''));
    expect(valueOf('gen_ai.usage.prompt_tokens')).toBe(said(call.answer?.inputTokens ?? 0));
  });

  it('generation A says it on litellm_request, with a raw child under it', () => {
    const call = first('litellm-a');
    const { span, spans, valueOf, names } = reportOf(call);
    expect(span.name).toBe('litellm_request');
    expect(names[0]).toBe('Received Proxy Server Request');
    expect(spans.find(({ name }) => name === 'raw_gen_ai_request')?.parentSpanId).toBe(call.spanId);
    expect(valueOf(`gen_ai.prompt.${call.turns.length - 1}.content`)).toBe(said(call.turns.at(-1)?.content ?? ''));
    expect(valueOf('gen_ai.completion.0.content')).toBe(said(call.answer?.text ?? ''));
    expect(valueOf('llm.is_streaming')).toBe(said('False'));
  });

  it('generation B says it on the proxy’s own span', () => {
    const call = first('litellm-b');
    const { span, spans, valueOf, names } = reportOf(call);
    expect(span.name).toBe('Received Proxy Server Request');
    expect(names).not.toContain('litellm_request');
    expect(span.parentSpanId).toBeUndefined();
    expect(spans.find(({ name }) => name === 'raw_gen_ai_request')?.parentSpanId).toBe(call.spanId);
    expect(valueOf('gen_ai.input.messages')).toContain('parts');
    expect(valueOf('gen_ai.usage.input_tokens')).toBe(said(call.answer?.inputTokens ?? 0));
  });

  it('every reporting span carries its decision', () => {
    for (const call of calls) {
      const { span } = reportOf(call);
      const keys = span.attributes.map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining(Object.values(SPAN_ATTRIBUTES)));
    }
  });

  it('a failed call says so, and a call without logged content holds none of it in any span', () => {
    const failed = calls.find((call) => call.failure === 'Timeout');
    const silent = calls.filter((call) => !call.contentLogged);
    if (failed === undefined || silent.length === 0) throw new Error('too few calls');
    expect(reportOf(failed).span).toMatchObject({ status: { code: 2 }, events: [{ name: 'exception' }] });
    for (const call of silent) {
      const everything = JSON.stringify(spansOfCall(call));
      expect(everything).not.toContain(JSON.stringify(call.turns.at(-1)?.content).slice(1, 60));
    }
  });

  it('raw values are written as Python writes them', () => {
    expect(pythonRepr({ a: [1, 2.5, true, null], b: "it's", c: 'say "no"\n' })).toBe(
      `{'a': [1, 2.5, True, None], 'b': "it's", 'c': 'say "no"\\n'}`,
    );
  });
});
