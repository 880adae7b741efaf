import { describe, expect, it } from '@jest/globals';
import { extractCalls } from '../calls/extract-calls.js';
import { joinLogRecords } from '../formats/log-records.js';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { fixture } from '../testing/fixtures.js';
import { hasRecordings, readRecorded } from '../testing/recordings.js';
import { Random } from '../testing/random.js';
import { spanOf, START } from '../testing/spans.js';
import { CHECKS } from './checks.js';
import { diagnose, type Finding } from './diagnose.js';
import type { Sample } from './sample.js';

const SECOND = 1_000_000_000n;
const NOW = START + 3_600n * SECOND;
const sharedIt = hasRecordings ? it : it.skip;

function sampleOf(spans: readonly NormalSpan[], more: Partial<Sample> = {}): Sample {
  return {
    spans,
    extraction: extractCalls(spans),
    backend: null,
    partialTraces: 0,
    records: { read: 0, withoutSpan: 0 },
    now: NOW,
    receivedAt: null,
    models: null,
    ...more,
  };
}

/** As `signalbox doctor FILE...` reads them; the recordings are of a day after {@link NOW}. */
function recorded(...names: string[]): Sample {
  const files = names.map((name) => fixture(name));
  const logs = files.flatMap((file) => file.logs ?? []);
  const joined = joinLogRecords(
    files.flatMap(({ spans }) => spans),
    logs,
  );
  const malformed = files.flatMap(({ rejected }) => rejected).length;
  return sampleOf(joined.spans, {
    extraction: extractCalls(joined.spans, { malformed }),
    partialTraces: files.flatMap(({ gaps = [] }) => gaps).length,
    records: { read: logs.length, withoutSpan: joined.withoutSpan.length },
    now: 2_000_000_000n * SECOND,
  });
}

const litellm = (...names: string[]) => recorded(...names.map((name) => `litellm/${name}.otlp.json`));

const messages = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);

/** A gateway's span over a call that lacks nothing. */
function cleanTrace(number: number, change: Attributes = {}): NormalSpan[] {
  const traceId = (0xa000 + number).toString(16).padStart(32, '0');
  const start = START + BigInt(number) * SECOND;
  const common = { traceId, serviceName: 'gateway', resourceAttributes: { 'service.name': 'gateway' } };
  const root = spanOf({ 'http.route': '/v1' }, { ...common, startUnixNano: start, endUnixNano: start + 3n * SECOND });
  const attributes: Attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'small',
    'gen_ai.response.model': 'small-2026',
    'gen_ai.input.messages': messages('user', `question ${number}`),
    'gen_ai.output.messages': messages('assistant', `answer ${number}.`),
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': 5,
    'gen_ai.usage.cost': 0.001,
    'session.id': `session ${number}`,
    'user.id': `user ${number}`,
    'signalbox.router.chosen': 'small',
    'signalbox.router.propensity': 0.5,
    ...change,
  };
  const times = { startUnixNano: start + SECOND / 10n, endUnixNano: start + 2n * SECOND };
  return [root, spanOf(attributes, { ...common, ...times, spanId: '0000000000000002', parentSpanId: root.spanId })];
}

const clean = (count: number, change: Attributes = {}) =>
  Array.from({ length: count }, (_, number) => cleanTrace(number, change)).flat();

/** Two processes, the second of which lags. */
function skewed(): NormalSpan[] {
  return clean(3).map((span) =>
    span.parentSpanId === null
      ? span
      : { ...span, serviceName: 'model server', startUnixNano: span.startUnixNano - SECOND },
  );
}

/** What Tempo keeps of an attribute. */
function cutAt2048(spans: readonly NormalSpan[]): NormalSpan[] {
  const cut = (value: unknown) => (typeof value === 'string' ? Buffer.from(value).subarray(0, 2048).toString() : value);
  return spans.map((span) => ({
    ...span,
    attributes: Object.fromEntries(
      Object.entries(span.attributes).map(([key, value]) => [key, cut(value)]),
    ) as Attributes,
  }));
}

const long = { 'gen_ai.input.messages': messages('user', 'a long story '.repeat(400)) };
const withoutKeys = (pattern: RegExp) => (span: NormalSpan) => ({
  ...span,
  attributes: Object.fromEntries(Object.entries(span.attributes).filter(([key]) => !pattern.test(key))),
});
const known = (isCandidate: boolean, hasCost: boolean) => ({ models: () => ({ isCandidate, hasCost }) });
const laterBy = (seconds: bigint) =>
  new Map(clean(2).map(({ traceId, endUnixNano }) => [traceId, endUnixNano + seconds * SECOND]));

/** Every code, by what it is found in: a recording where a release or a backend made one. */
const FOUND: Record<string, { in: () => Sample; as: Partial<Finding>; says?: RegExp; setting?: RegExp }> = {
  NOTHING_READ: { in: () => sampleOf([]), as: { severity: 'SEVERE', count: 1 } },
  CALLS_NONE: { in: () => sampleOf([spanOf({ 'db.system': 'redis' })]), as: { severity: 'SEVERE', count: 1, of: 1 } },
  CONTENT_ABSENT: {
    in: () => litellm('1.110.2-sdk-v2-no-content'),
    as: { severity: 'SEVERE', count: 6, of: 6 },
    setting: /^LiteLLM: `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only`/,
  },
  CONTENT_CUT: {
    in: () => sampleOf(cutAt2048(clean(3, long)), { backend: 'TEMPO' }),
    as: { severity: 'SEVERE', count: 3, of: 3 },
    says: /of 3 of them has 2048 bytes/,
    setting: /max_attribute_bytes/,
  },
  RECORDS_UNJOINED: {
    in: () => recorded('cloudwatch-spans.jsonl', 'cloudwatch-content.jsonl'),
    as: { count: 1, of: 4 },
  },
  TRACE_PARTIAL: { in: () => recorded('tempo-v2.json'), as: { count: 1, of: 1, severity: 'SEVERE' } },
  SPANS_UNREADABLE: {
    in: () => sampleOf(clean(2).map((span) => ({ ...span, endUnixNano: 0n }))),
    as: { count: 2, of: 4, severity: 'SEVERE' },
    says: /no_end_time 2/,
  },
  SAMPLED: {
    in: () => sampleOf(clean(2).map((span) => ({ ...span, scopeAttributes: { 'tailsampling.policy': 'errors' } }))),
    as: { severity: 'WARNING', count: 2, of: 2 },
    says: /tailsampling.policy errors/,
    setting: /`tail_sampling`/,
  },
  PARENTS_ABSENT: {
    in: () => sampleOf(clean(4).filter(({ parentSpanId }) => parentSpanId !== null)),
    as: { count: 4, of: 4, severity: 'WARNING' },
    setting: /parentbased_always_on/,
  },
  FAILURES_MOST: {
    in: () =>
      sampleOf(
        clean(20, { 'error.type': 'RateLimit' }).map((span) => ({ ...span, status: { code: 'ERROR', message: null } })),
      ),
    as: { count: 20, of: 20 },
  },
  PROPENSITY_ABSENT: {
    in: () => sampleOf(clean(2).map(withoutKeys(/propensity/))),
    as: { severity: 'SEVERE', count: 2, of: 2 },
    setting: /`signalbox\.router\.propensity`/,
  },
  DECISIONS_ABSENT: { in: () => litellm('1.110.2-sdk-v2'), as: { severity: 'NOTE', count: 19, of: 19 } },
  MODEL_ABSENT: { in: () => sampleOf(clean(2).map(withoutKeys(/\.model$/))), as: { severity: 'SEVERE', count: 2 } },
  MODEL_UNKNOWN: {
    in: () => ({ ...litellm('1.106.12-proxy-v2'), ...known(false, true) }),
    as: { count: 7, of: 7 },
    says: /no candidate is called openai\/gpt-4o-mini/,
    setting: /`aliases`/,
  },
  TOKENS_ABSENT: { in: () => litellm('1.53.1-traceloop'), as: { count: 1, of: 13 }, setting: /include_usage/ },
  COST_UNKNOWN: { in: () => litellm('1.53.1-sdk'), as: { count: 15, of: 15 }, setting: /`inputPrice`/ },
  REPORTED_TWICE: {
    in: () => litellm('1.53.1-traceloop'),
    as: { count: 4, of: 13 },
    setting: /`litellm_settings\.callbacks`/,
  },
  SESSION_ABSENT: { in: () => litellm('1.83.14-sdk'), as: { severity: 'WARNING', count: 19 }, setting: /"session_id"/ },
  USER_ABSENT: {
    in: () => litellm('1.110.2-sdk-v2'),
    as: { severity: 'NOTE', count: 19, of: 19 },
    setting: /LITELLM_OTEL_BAGGAGE_PROMOTED_KEYS=.*litellm\.end_user\.id/,
  },
  SERVICES_SEVERAL: {
    in: () => ({ ...litellm('1.53.1-sdk', '1.53.1-traceloop'), backend: 'JAEGER' }),
    as: { count: 13, of: 31 },
    says: /calls come from litellm, Litellm-Server/,
    setting: /`serviceName`/,
  },
  SERVICE_UNNAMED: {
    in: () => sampleOf(clean(2).map((span) => ({ ...span, serviceName: 'unknown_service:python' }))),
    as: { count: 2, of: 2 },
    setting: /OTEL_SERVICE_NAME/,
  },
  CLOCK_SKEW: {
    in: () => sampleOf(skewed()),
    as: { count: 3, of: 3 },
    says: /by 900 ms at the most/,
  },
  TIME_AHEAD: {
    in: () => sampleOf(clean(2), { now: START - 600n * SECOND }),
    as: { count: 4, of: 4 },
    says: /by 601100 ms/,
  },
  RECEIVED_LATE: { in: () => sampleOf(clean(2), { receivedAt: laterBy(7_200n) }), as: { count: 2, of: 2 } },
  EMITTER_DEPRECATED: { in: () => litellm('1.53.1-traceloop'), as: { count: 6, of: 13 }, setting: /`otel`/ },
};

const codesOf = (sample: Sample) => diagnose(sample).findings.map(({ code }) => code);

describe('a diagnosis', () => {
  it('looks for what the table of checks lists, each once', () => {
    const codes = CHECKS.map(({ code }) => code);
    expect(Object.keys(FOUND).sort()).toEqual(codes.toSorted());
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(Object.entries(FOUND))(
    'finds %s, with an example and what to change',
    (code, { in: make, as, says = /./, setting = /./ }) => {
      const finding = diagnose(make()).findings.find((each) => each.code === code);
      expect(finding).toMatchObject(as);
      expect(finding?.message).toMatch(says);
      expect(finding?.settings.map(({ change }) => change).join('\n')).toMatch(setting);
      expect(finding?.count).toBeLessThanOrEqual(finding?.of ?? 0);
    },
  );

  it('finds nothing in calls that lack nothing', () => {
    const more = { ...known(true, true), receivedAt: laterBy(5n) };
    expect(diagnose(sampleOf(clean(30), more))).toEqual({ findings: [], unasked: [] });
  });

  it('takes nothing for a fault that is none', () => {
    const [root, call] = cleanTrace(50);
    if (root === undefined || call === undefined) throw new Error('a trace has two spans');
    const beside = { ...call, spanId: '0000000000000003', startUnixNano: call.startUnixNano + 1n };
    const harmless = {
      'a draw of several answers at once': [root, call, beside],
      'a sampler that takes everything': clean(2).map((span) => ({
        ...span,
        attributes: { ...span.attributes, 'sampler.type': 'const' },
      })),
      'a child that one process dates back': [root, { ...call, startUnixNano: root.startUnixNano - SECOND }],
      'clocks that differ by 4 ms': [
        root,
        { ...call, serviceName: 'model server', startUnixNano: root.startUnixNano - SECOND / 250n },
      ],
      'a broken trace without calls': [
        ...clean(2),
        spanOf({ 'db.system': 'redis' }, { parentSpanId: '00000000000000ff' }),
      ],
    };
    const codes = Object.entries(harmless).map(([what, spans]) => [what, codesOf(sampleOf(spans))]);
    expect(codes).toEqual(Object.keys(harmless).map((what) => [what, []]));
    expect(codesOf(litellm('1.53.1-sdk'))).not.toContain('REPORTED_TWICE');
  });

  it('shows names that spans control without control characters, and cut', () => {
    const model = `\u001b[31m${'Tell me a story. '.repeat(20)}`;
    const spans = clean(1).map((span) => ({
      ...span,
      attributes: { ...span.attributes, 'gen_ai.response.model': model },
    }));
    const { findings } = diagnose({ ...sampleOf(spans), ...known(false, true) });
    const said = findings.find(({ code }) => code === 'MODEL_UNKNOWN')?.message ?? '';
    expect(said).toContain('no candidate is called \uFFFD[31mTell me');
    expect(said).not.toContain('\u001b');
    expect(said.length).toBeLessThan(300);
  });

  it('says what it could not look for', () => {
    expect(diagnose(sampleOf(clean(1))).unasked).toEqual(['RECEIVED_LATE', 'MODEL_UNKNOWN']);
  });

  it('finds content, tokens, costs and models in recordings that have them', () => {
    const lacking = /^(CONTENT|TRACE|SPANS|MODEL|TOKENS|COST|REPORTED|SERVICE|CLOCK|PARENTS|SAMPLED)/;
    for (const name of ['1.110.2-sdk-v2', '1.110.2-sdk', '1.106.12-proxy-v2', '1.83.14-proxy', '1.83.14-sdk'])
      expect(codesOf(litellm(name)).filter((code) => lacking.test(code))).toEqual([]);
  });

  it('calls it a warning where few calls are hurt', () => {
    const spans = [...clean(30), ...cutAt2048(cleanTrace(99, long))];
    expect(diagnose(sampleOf(spans)).findings).toMatchObject([
      { code: 'CONTENT_CUT', severity: 'WARNING', count: 1, of: 31 },
    ]);
  });

  it('names the setting of each emitter, the most frequent first, and a general one for others', () => {
    const { findings } = diagnose(litellm('1.110.2-sdk-v2-no-content', '1.53.1-traceloop'));
    const { settings = [] } = findings.find(({ code }) => code === 'CONTENT_ABSENT') ?? {};
    expect(settings.map(({ where }) => where)).toEqual(['litellm-c', 'openllmetry', 'any']);
  });

  it('never shows what was said', () => {
    const said = sampleOf(clean(3, { 'gen_ai.usage.cost': '' }), { backend: 'TEMPO' });
    expect(JSON.stringify(diagnose(said))).not.toMatch(/question|answer \d/);
  });

  it.each([
    ...['1.53.1-traceloop', '1.110.2-sdk-v2-no-content', '1.83.14-proxy'].map((name) => [name, litellm(name)] as const),
    ['clocks that differ', sampleOf(skewed())],
    ['parents that are absent', sampleOf(clean(9).filter(({ parentSpanId }) => parentSpanId !== null))],
  ])('is the same for %s whatever order its spans come in', (_, { spans, now }) => {
    const expected = diagnose(sampleOf(spans, { now }));
    expect(expected.findings.length).toBeGreaterThan(0);
    const random = new Random(7);
    for (let round = 0; round < 20; round += 1) {
      const shuffled = spans
        .map((span) => ({ span, at: random.next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ span }) => span);
      expect(diagnose(sampleOf(shuffled, { now }))).toEqual(expected);
    }
  });

  sharedIt('of an agent of AWS, whose content lies in another log group, names the path to add', () => {
    const [folder, at] = ['xray/agentcore_raw_otel_langchain', { now: 2_000_000_000n * SECOND, backend: 'XRAY' }];
    const alone = diagnose(sampleOf(readRecorded(`${folder}_spans.json`), at)).findings;
    expect(alone.find(({ code }) => code === 'CONTENT_ABSENT')).toMatchObject({
      severity: 'SEVERE',
      count: 2,
      settings: [{ where: 'XRAY', change: expect.stringContaining('`path`') }, { where: 'openllmetry' }],
    });
    const both = readRecorded(`${folder}_spans.json`, `${folder}_runtime_logs.json`);
    expect(codesOf(sampleOf(both, at))).not.toContain('CONTENT_ABSENT');
  });

  sharedIt('of a recording without a name for its service says so', () => {
    const spans = readRecorded('spans/langfuse_autogen-2025-06-06.trace.json');
    expect(codesOf(sampleOf(spans, { now: 2_000_000_000n * SECOND }))).toContain('SERVICE_UNNAMED');
  });
});
