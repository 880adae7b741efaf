const OPENTELEMETRY_2024 = ['opentelemetry-api', 'opentelemetry-sdk', 'opentelemetry-exporter-otlp'].map(
  (name) => `${name}==1.28.2`,
);
const OPENTELEMETRY_2026 = ['opentelemetry-api', 'opentelemetry-sdk', 'opentelemetry-exporter-otlp'].map(
  (name) => `${name}==1.45.2`,
);
// Without these, of which the proxy alone says that it needs them, a hit of the cache fails.
const CACHE_2026 = ['fastapi', 'orjson', 'soundfile'];
// Later ones dropped what releases of that time call.
const CLIENTS_2024 = ['openai==1.55.3', 'httpx==0.27.2'];

/** Where LiteLLM sends its spans; the releases of generation A use the address as it stands. */
export const RECEIVER_PORT = 18403;
const RECEIVER = `http://127.0.0.1:${RECEIVER_PORT}`;
const FULL_ADDRESS = { OTEL_ENDPOINT: `${RECEIVER}/v1/traces` };
const EVENTS = { LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS: 'true' };
const V2 = { LITELLM_OTEL_V2: 'true' };

/** What every recording is made with; nothing is fetched, and nothing else is told to anybody. */
export const ENVIRONMENT = {
  OTEL_EXPORTER: 'otlp_http',
  OTEL_ENDPOINT: RECEIVER,
  LITELLM_LOCAL_MODEL_COST_MAP: 'True',
};

/** A part of the scenarios, for what differs from a whole recording in few ways. */
const SOME = ['plain', 'streamed', 'tools', 'named', 'rate-limited', 'embedding', 'uncached', 'cached'];
const NOT_YET = ['responses'];

/**
 * One recording each: `packages` for pip, `through` LiteLLM's SDK or its proxy, `environment` beside ENVIRONMENT.
 * `scenarios` when it is not all, `without` those that the release cannot do. `payloads` names the scenarios whose
 * StandardLoggingPayload is kept too.
 */
export const RECORDINGS = [
  {
    name: '1.53.1-sdk',
    generation: 'A',
    litellm: '1.53.1',
    packages: [...CLIENTS_2024, ...OPENTELEMETRY_2024],
    environment: FULL_ADDRESS,
    without: NOT_YET,
  },
  {
    name: '1.53.1-sdk-python3.10',
    generation: 'A, whose names of messages depend on the version of Python',
    litellm: '1.53.1',
    python: '3.10',
    packages: [...CLIENTS_2024, ...OPENTELEMETRY_2024],
    environment: FULL_ADDRESS,
    scenarios: ['plain', 'system', 'streamed', 'tools', 'list', 'choices'],
  },
  {
    name: '1.53.1-traceloop',
    generation: 'the Traceloop logger of before',
    litellm: '1.53.1',
    // The newest traceloop-sdk whose constants lie where LiteLLM looks for them.
    packages: [...CLIENTS_2024, 'traceloop-sdk==0.24.0', 'setuptools<80'],
    callback: 'traceloop',
    environment: {
      TRACELOOP_BASE_URL: RECEIVER,
      TRACELOOP_API_KEY: 'no-key',
      TRACELOOP_TELEMETRY: 'false',
      TRACELOOP_METRICS_ENABLED: 'false',
    },
    scenarios: ['plain', 'async', 'system', 'streamed', 'tools', 'tool-results', 'image', 'rate-limited', 'embedding'],
  },
  {
    name: '1.61.20-proxy',
    generation: 'A',
    litellm: '1.61.20',
    extras: 'proxy',
    through: 'proxy',
    packages: ['openai==1.61.1', 'httpx==0.27.2', ...OPENTELEMETRY_2024],
    environment: FULL_ADDRESS,
    scenarios: SOME,
  },
  {
    name: '1.80.0-sdk',
    generation: 'A, with the costs of B',
    litellm: '1.80.0',
    // Without the proxy's packages its callback does not start.
    extras: 'proxy',
    packages: ['openai==1.109.1', ...OPENTELEMETRY_2024],
    environment: {},
    scenarios: [...SOME, 'system', 'list', 'choices', 'thinking', 'responses'],
  },
  {
    name: '1.83.14-sdk',
    generation: 'B',
    litellm: '1.83.14',
    packages: OPENTELEMETRY_2024,
    environment: EVENTS,
    payloads: SOME,
  },
  {
    name: '1.83.14-proxy',
    generation: 'B, without a span of its own for the request',
    litellm: '1.83.14',
    extras: 'proxy',
    through: 'proxy',
    packages: OPENTELEMETRY_2024,
    environment: {},
    scenarios: [...SOME, 'responses'],
  },
  {
    name: '1.83.14-proxy-request-span',
    generation: 'B, with a span of its own for the request',
    litellm: '1.83.14',
    extras: 'proxy',
    through: 'proxy',
    packages: OPENTELEMETRY_2024,
    environment: { USE_OTEL_LITELLM_REQUEST_SPAN: 'true' },
    scenarios: ['plain', 'streamed', 'named', 'rate-limited'],
  },
  {
    name: '1.110.2-sdk',
    generation: 'B',
    litellm: '1.110.2',
    packages: [...CACHE_2026, ...OPENTELEMETRY_2026],
    environment: {},
    scenarios: [...SOME, 'thinking', 'responses'],
    payloads: ['plain', 'tools', 'thinking', 'rate-limited', 'cached'],
  },
  {
    name: '1.110.2-sdk-semconv',
    generation: 'B in the words of the newest conventions',
    litellm: '1.110.2',
    packages: [...CACHE_2026, ...OPENTELEMETRY_2026],
    environment: { ...EVENTS, OTEL_SEMCONV_STABILITY_OPT_IN: 'gen_ai_latest_experimental' },
    scenarios: [...SOME, 'thinking', 'responses'],
  },
  {
    name: '1.110.2-sdk-v2',
    generation: 'C',
    litellm: '1.110.2',
    packages: [...CACHE_2026, ...OPENTELEMETRY_2026],
    environment: { ...V2, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'span_only' },
    // It exports no call that was made by a function that is not asynchronous.
    async: true,
  },
  {
    name: '1.110.2-sdk-v2-no-content',
    generation: 'C, as it is without being told otherwise',
    litellm: '1.110.2',
    packages: [...CACHE_2026, ...OPENTELEMETRY_2026],
    environment: V2,
    async: true,
    scenarios: SOME,
  },
  {
    name: '1.106.12-proxy-v2',
    generation: 'C',
    litellm: '1.106.12',
    extras: 'proxy',
    through: 'proxy',
    packages: [...OPENTELEMETRY_2026, 'opentelemetry-instrumentation-fastapi==0.66b2'],
    environment: { ...V2, ...EVENTS, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'span_and_event' },
    scenarios: [...SOME, 'responses'],
  },
];

/** The scenarios of a recording, as they are made in it, in the order of the list. */
export function scenariosOf({ scenarios: only, without = [], async }, all) {
  return all
    .filter(({ name }) => (only === undefined || only.includes(name)) && !without.includes(name))
    .map((scenario) => (async ? { ...scenario, async } : scenario));
}
