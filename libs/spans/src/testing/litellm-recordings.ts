import type { ExtractedCall } from '@signalbox/contracts';

/** What is compared of a call. */
export const FACTS = [
  ...(['dialect', 'query', 'messages', 'response', 'toolCalls', 'requestModel', 'responseModel', 'provider'] as const),
  ...(['inputTokens', 'outputTokens', 'totalTokens', 'cachedInputTokens', 'reasoningTokens', 'costUsd'] as const),
  ...(['sessionId', 'userId', 'status', 'errorType', 'finishReason', 'truncated'] as const),
];
export type Facts = Pick<ExtractedCall, (typeof FACTS)[number]>;

/** What a release keeps to itself or tells otherwise than its calls were made. All else is as it was made. */
interface Recorded {
  dialect: string;
  /** Only spans of this scope are read. */
  scope?: string;
  /** Its times are seconds where nanoseconds belong. */
  timesInSeconds?: true;
  /** Scenarios of which it exports no call. */
  silent?: readonly string[];
  /** Scenarios of which it exports the call twice, in two traces. */
  twice?: readonly string[];
  every?: Partial<Facts>;
  /** By scenario. */
  some?: Readonly<Record<string, Partial<Facts>>>;
  skipped: Readonly<Record<string, number>>;
}

const NO_COST = { costUsd: null };
/** Nobody was asked. */
const NO_PROVIDER = { provider: null };
const NO_SESSION = { sessionId: null };
/** The chunks of a stream are put together under the name that was asked for. */
const UNDATED = { responseModel: 'gpt-4o-mini' };
/** The only sign of a failure is the status. */
const UNTYPED = { errorType: null };
/** Without what to count in it, 1.53 counts the words of a stream itself. */
const COUNTED_BY_ITSELF = { ...UNDATED, outputTokens: 7, totalTokens: 20 };

/** What the cache answered is priced as if the provider had been asked. */
const PRICED = { costUsd: 0.00000585 };
const NO_USER = { userId: null };
const NO_CONTENT = { query: null, messages: null, response: null, toolCalls: null };
/** Nothing says whom the Responses API of which provider was asked, nor how it ended. */
const RESPONSES = { provider: null, finishReason: null };

const COMPLETED = { ...RESPONSES, finishReason: 'completed' };

export const RECORDINGS: Readonly<Record<string, Recorded>> = {
  '1.53.1-sdk': {
    dialect: 'litellm-a',
    every: NO_COST,
    some: {
      plain: NO_SESSION,
      streamed: COUNTED_BY_ITSELF,
      'rate-limited': UNTYPED,
      'timed-out': { ...UNTYPED, status: 'ERROR' },
      anthropic: { responseModel: 'claude-sonnet-4-5' },
      mocked: UNDATED,
      cached: NO_PROVIDER,
    },
    skipped: { embedding: 2 },
  },
  '1.53.1-sdk-python3.10': {
    dialect: 'litellm-a',
    every: NO_COST,
    some: { plain: NO_SESSION, streamed: COUNTED_BY_ITSELF },
    skipped: {},
  },
  '1.53.1-traceloop': {
    dialect: 'litellm-traceloop',
    // The OpenAI instrumentation that it starts reports the calls too, each in a trace of its own.
    scope: 'traceloop.tracer',
    timesInSeconds: true,
    silent: ['streamed', 'rate-limited'],
    every: { ...NO_COST, provider: null },
    some: {
      plain: NO_SESSION,
      tools: { toolCalls: null },
      'tool-results': {
        messages: [
          { role: 'user', content: 'Which of Oslo and Rome is warmer?' },
          { role: 'assistant', content: null },
          { role: 'tool', content: '{"celsius": 4}' },
          { role: 'tool', content: '{"celsius": 19}' },
        ],
      },
      image: { query: null, messages: null },
    },
    skipped: {},
  },
  '1.61.20-proxy': {
    dialect: 'litellm-a',
    every: NO_COST,
    some: { streamed: UNDATED, 'rate-limited': UNTYPED, cached: NO_PROVIDER },
    skipped: { embedding: 2, not_llm: 58, proxy_span: 9 },
  },
  '1.80.0-sdk': {
    dialect: 'litellm-b',
    twice: ['responses'],
    some: {
      plain: NO_SESSION,
      streamed: UNDATED,
      responses: RESPONSES,
      // Only the costs are of generation B, and a failed call has none.
      'rate-limited': { dialect: 'litellm-a' },
      cached: PRICED,
    },
    skipped: { embedding: 2 },
  },
  '1.83.14-sdk': {
    dialect: 'litellm-b',
    some: { plain: NO_SESSION, streamed: UNDATED, responses: RESPONSES, mocked: UNDATED, cached: PRICED },
    skipped: { embedding: 2 },
  },
  '1.83.14-proxy': {
    dialect: 'litellm-b',
    some: { streamed: UNDATED, responses: RESPONSES, cached: { ...PRICED, responseModel: null } },
    skipped: { embedding: 2, not_llm: 38, proxy_span: 1 },
  },
  '1.83.14-proxy-request-span': {
    dialect: 'litellm-b',
    some: { streamed: UNDATED },
    skipped: { not_llm: 19, proxy_span: 5 },
  },
  '1.110.2-sdk': {
    dialect: 'litellm-b',
    some: { plain: NO_SESSION, streamed: UNDATED, responses: COMPLETED },
    skipped: { embedding: 2 },
  },
  '1.110.2-sdk-semconv': {
    dialect: 'litellm-b-experimental',
    some: {
      plain: NO_SESSION,
      streamed: UNDATED,
      tools: {
        toolCalls: [
          { name: 'get_weather', arguments: '{"city":"Oslo"}' },
          { name: 'get_weather', arguments: '{"city":"Rome"}' },
        ],
      },
      responses: { ...COMPLETED, dialect: 'litellm-b' },
    },
    skipped: { embedding: 1 },
  },
  '1.110.2-sdk-v2': {
    dialect: 'litellm-c',
    some: { plain: NO_USER, streamed: UNDATED, thinking: { reasoningTokens: null }, mocked: UNDATED },
    skipped: { embedding: 1 },
  },
  '1.110.2-sdk-v2-no-content': {
    dialect: 'litellm-c',
    every: NO_CONTENT,
    some: { plain: NO_USER, streamed: UNDATED },
    skipped: { embedding: 1 },
  },
  '1.106.12-proxy-v2': {
    dialect: 'litellm-c',
    silent: ['cached'],
    every: { requestModel: 'assistant', responseModel: 'openai/gpt-4o-mini' },
    some: { 'rate-limited': { responseModel: null } },
    skipped: { embedding: 1, not_llm: 44 },
  },
};

export const PAYLOAD_DIALECT = 'litellm-payload';

/** By recording and scenario. */
export const RECORDED_PAYLOADS: Readonly<Record<string, Readonly<Record<string, Partial<Facts>>>>> = {
  '1.83.14-sdk': {
    plain: NO_SESSION,
    streamed: UNDATED,
    tools: {},
    named: {},
    'rate-limited': {},
    uncached: {},
    cached: {},
  },
  '1.110.2-sdk': { plain: NO_SESSION, tools: {}, thinking: {}, 'rate-limited': {}, cached: {} },
};

/** No record has the calls of tools or the answer of the Responses API, and a failed call has no record. */
const WITHOUT = { tools: { toolCalls: null }, responses: { response: null }, 'rate-limited': { query: null } };

/** How many records there are, and what they keep to themselves by scenario. */
export const RECORDED_LOGS: Readonly<
  Record<string, { records: number; without: Readonly<Record<string, Partial<Facts>>> }>
> = {
  '1.83.14-sdk': {
    records: 37,
    without: {
      ...WITHOUT,
      // Its batch was lost, since a message without content cannot be encoded.
      'tool-results': { query: null, response: null },
      'timed-out': { query: null },
    },
  },
  '1.110.2-sdk-semconv': { records: 9, without: WITHOUT },
};
