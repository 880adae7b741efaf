import { describe, expect, it } from '@jest/globals';
import { fixture, valueOf } from '../testing/fixtures.js';
import { parseTempoSearch, parseTempoTrace } from './tempo.js';

const TRACE_ID = '002e299711ce5254274dd1b9ccf6f40e';
const span = (change: object = {}) => ({
  traceId: TRACE_ID,
  spanId: '110f000102030405',
  name: 'op',
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
  ...change,
});
const batches = (...spans: object[]) => ({ batches: [{ scopeSpans: [{ spans }] }] });

describe('parseTempoTrace', () => {
  it('reads the second version of the API, with ids in base64 and kinds by name', () => {
    const file = fixture('tempo-v2.json');
    expect(file).toMatchObject({ format: 'tempo', rejected: [] });
    expect(file.spans).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: '110f000102030405',
        parentSpanId: null,
        kind: 'SERVER',
        serviceName: 'shop-assistant',
        scopeName: 'openai.instrumentation',
        startUnixNano: 1_760_000_000_000_000_001n,
        attributes: { 'http.response.status_code': 200 },
        status: { code: 'UNSET', message: null },
      },
      {
        spanId: '220f000102030405',
        parentSpanId: '110f000102030405',
        kind: 'CLIENT',
        attributes: { 'gen_ai.usage.input_tokens': 31, 'gen_ai.response.finish_reasons': ['stop'] },
        events: [{ name: 'gen_ai.choice', attributes: { message: 'Yes, twelve of them.' } }],
        status: { code: 'OK' },
      },
      { spanId: '330f000102030405', status: { code: 'ERROR', message: 'timed out' } },
    ]);
  });

  it('says that a trace is partial, in the words of Tempo', () => {
    expect(fixture('tempo-v2.json').gaps).toEqual([
      { reason: 'partial', traceId: TRACE_ID, message: 'trace exceeds max size (max bytes: 5000000)' },
    ]);
    expect(valueOf(parseTempoTrace({ trace: { resourceSpans: [] }, status: 1 })).gaps).toEqual([
      { reason: 'partial', traceId: null, message: null },
    ]);
    expect(valueOf(parseTempoTrace({ trace: { resourceSpans: [] }, status: 'COMPLETE' })).gaps).toBeUndefined();
  });

  it('reads the first version, as Grafana exports it: hex ids without leading zeros, and older names of scopes', () => {
    expect(fixture('tempo-v1.json')).toMatchObject({
      format: 'tempo',
      spans: [
        { traceId: TRACE_ID, spanId: '110f000102030405', kind: 'SERVER', scopeName: 'litellm' },
        { traceId: TRACE_ID, parentSpanId: '110f000102030405', name: 'litellm_request', kind: 'INTERNAL' },
        { name: 'raw_gen_ai_request' },
      ],
    });
  });

  it.each([
    ['hex', TRACE_ID, TRACE_ID],
    ['hex in capitals', TRACE_ID.toUpperCase(), TRACE_ID],
    ['hex as short as base64', '2e299711ce5254274dd1b9cc', '000000002e299711ce5254274dd1b9cc'],
    ['base64', 'AC4plxHOUlQnTdG5zPb0Dg==', TRACE_ID],
    ['base64 that looks like hex but for its end', 'abcdefabcdefabcdefabcQ==', '69b71d79f69b71d79f69b71d79f69b71'],
  ])('tells %s ids from others', (_what, traceId, expected) => {
    expect(valueOf(parseTempoTrace(batches(span({ traceId })))).spans.map((read) => read.traceId)).toEqual([expected]);
  });

  it.each([
    ['base64 of another length', 'AC4plxHOUlQnTdG5zPY='],
    ['base64 of zeros', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ['base64 without its end', 'AC4plxHOUlQnTdG5zPb0Dg'],
    ['a number', 7],
  ])('refuses %s as an id, and keeps the other spans', (_what, traceId) => {
    const parsed = valueOf(parseTempoTrace(batches(span({ traceId }), span())));
    expect(parsed.rejected.map(({ path }) => path)).toEqual(['batches[0].scopeSpans[0].spans[0].traceId']);
    expect(parsed.spans).toHaveLength(1);
  });

  it('takes a trace without spans for one, and nothing else for a trace', () => {
    expect(valueOf(parseTempoTrace({ trace: {}, metrics: {} }))).toEqual({ spans: [], rejected: [] });
    for (const json of [
      {},
      { trace: {} },
      { trace: 1, metrics: {} },
      { trace: { resourceSpans: 1 } },
      { batches: 1 },
    ]) {
      expect(parseTempoTrace(json)).toMatchObject({ ok: false, error: { code: 'FORMAT_UNKNOWN' } });
    }
  });
});

describe('parseTempoSearch', () => {
  it('pads the ids that Tempo strips of zeros', () => {
    const listing = valueOf(
      parseTempoSearch({ traces: [{ traceID: '2e299711ce47710289dc6640727404f', durationMs: 3 }] }),
    );
    expect(listing).toEqual({
      traces: [
        {
          traceId: '02e299711ce47710289dc6640727404f',
          startUnixNano: null,
          durationNanos: 3_000_000n,
          serviceName: null,
          cut: false,
        },
      ],
      rejected: [],
      complete: true,
    });
  });

  it.each([
    ['spanSets', { spanSets: [{ spans: [{}, {}, {}], matched: 3 }] }, false],
    [
      'spanSets with more than are shown',
      {
        spanSets: [
          { spans: [{}], matched: 1 },
          { spans: [{}], matched: 2 },
        ],
      },
      true,
    ],
    ['the older spanSet', { spanSet: { spans: [{}], matched: 2 } }, true],
    ['a set without spans', { spanSets: [{ matched: 1 }] }, true],
    ['neither', {}, false],
  ])('tells by %s whether spans were cut', (_what, sets, cut) => {
    expect(valueOf(parseTempoSearch({ traces: [{ traceID: 'ab', ...sets }] })).traces[0]?.cut).toBe(cut);
  });

  it('tells by its jobs that Tempo has not looked everywhere', () => {
    const completeOf = (metrics: object) => valueOf(parseTempoSearch({ metrics })).complete;
    expect(completeOf({ completedJobs: 2, totalJobs: 3 })).toBe(false);
    expect(completeOf({ totalJobs: 1 })).toBe(false);
    expect(completeOf({ completedJobs: 3, totalJobs: 3 })).toBe(true);
    expect(completeOf({})).toBe(true);
  });

  it('refuses a malformed trace and keeps the others', () => {
    const traces = [{ traceID: 'ab' }, { traceID: 'xyz' }, { traceID: 'ac', durationMs: -1 }, 7, { traceID: 'ad' }];
    const listing = valueOf(parseTempoSearch({ traces }));
    expect(listing.traces.map(({ traceId }) => traceId.slice(-2))).toEqual(['ab', 'ad']);
    expect(listing.rejected.map(({ path }) => path)).toEqual([
      'traces[1].traceID',
      'traces[2].durationMs',
      'traces[3]',
    ]);
  });

  it.each([[{ error: 'no org id' }], [[]], ['<html>'], [{ traces: {} }]])('does not take %j for no traces', (json) => {
    expect(parseTempoSearch(json)).toMatchObject({ ok: false, error: { code: 'FORMAT_UNKNOWN' } });
  });
});
