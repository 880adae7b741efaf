import { SPAN_ATTRIBUTES } from '@signalbox/contracts';

/** What to change, by dialect of the calls or by backend; `any` where nothing else fits. */
export type Settings = Readonly<Partial<Record<string, string>>>;

const LITELLM_CONTENT =
  'LiteLLM: `litellm_settings.turn_off_message_logging: false`, and no `message_logging: false` under `callback_settings.otel`.';
const LITELLM_IDS =
  'LiteLLM: send `metadata: {"session_id": ...}` and `user` with each request; for clients of a proxy they go in the body.';
const GENAI_CONTENT =
  '`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only` with `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental`; `=true` on older instrumentations, and send their log records too.';
const ADOT_CONTENT =
  'AWS keeps content in log groups of its own: add them to the `path` of an XRAY source, after the group of spans.';
const COLLECTOR_SAMPLING =
  'Collector: take `probabilistic_sampler` and `tail_sampling` out of the pipeline of LLM spans, or give `tail_sampling` a policy `always_sample`. SDK: `OTEL_TRACES_SAMPLER=parentbased_always_on`.';

export const CONTENT: Settings = {
  'litellm-a': LITELLM_CONTENT,
  'litellm-b': LITELLM_CONTENT,
  'litellm-b-experimental': LITELLM_CONTENT,
  'litellm-raw': LITELLM_CONTENT,
  'litellm-payload': LITELLM_CONTENT,
  'litellm-c':
    'LiteLLM: `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only`, which `LITELLM_OTEL_V2=true` leaves off.',
  'otel-genai': GENAI_CONTENT,
  'otel-genai-deprecated': GENAI_CONTENT,
  openllmetry: 'OpenLLMetry: `TRACELOOP_TRACE_CONTENT=true`.',
  openinference: 'OpenInference: take `OPENINFERENCE_HIDE_INPUTS`, `OPENINFERENCE_HIDE_OUTPUTS` and their like away.',
  'vercel-ai':
    "Vercel's AI SDK: `experimental_telemetry: { isEnabled: true, recordInputs: true, recordOutputs: true }`.",
  'pydantic-ai': 'pydantic-ai: `InstrumentationSettings(include_content=True)`.',
  'google-adk': 'ADK: `ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=true`.',
  openlit: 'OpenLIT: `openlit.init(capture_message_content=True)`.',
  'claude-code': 'Claude Code: `OTEL_LOG_USER_PROMPTS=1`.',
  'aws-adot': ADOT_CONTENT,
  XRAY: `X-Ray drops every event of a span but exceptions. ${ADOT_CONTENT}`,
  any: 'Have the emitter write prompts and answers on its spans; docs/dialects.md says under which names.',
};

export const CUT: Settings = {
  TEMPO: 'Tempo: `distributor.max_attribute_bytes: 1048576` (2,048 by default).',
  XRAY: 'X-Ray: a segment holds 64 kB. Use Transaction Search and `path`, or send OTLP to an OTLP source.',
  any: 'SDK: unset `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` and `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`. Collector: no `truncate_all` in `transform`. Tempo, if they went through it: `distributor.max_attribute_bytes: 1048576`.',
};

export const MODELS: Settings = {
  any: 'createRouter: give the name as one of the `aliases` of its candidate, or the model as a candidate; case does not matter.',
};

export const TOKENS: Settings = {
  'litellm-a': 'LiteLLM proxy: `general_settings.always_include_stream_usage: true`, which streams need.',
  'litellm-b': 'LiteLLM proxy: `general_settings.always_include_stream_usage: true`, which streams need.',
  any: 'Ask streams for their usage: `stream_options: {"include_usage": true}` in the request.',
};

export const COSTS: Settings = {
  any: 'createRouter: give the candidate `inputPrice` and `outputPrice`; the cost is then estimated from tokens. LiteLLM 1.80 and later report it.',
};

export const PROPENSITIES: Settings = {
  any: `Put \`${SPAN_ATTRIBUTES.propensity}\` and \`${SPAN_ATTRIBUTES.probabilities}\` on the span of the call, as docs/honest-learning.md shows; \`decide\` gives both. They cannot be told afterwards.`,
};

export const IDS: Settings = {
  'litellm-a': LITELLM_IDS,
  'litellm-b': LITELLM_IDS,
  'litellm-b-experimental': LITELLM_IDS,
  'litellm-c': LITELLM_IDS,
  'litellm-payload': LITELLM_IDS,
  openllmetry: 'OpenLLMetry: `Traceloop.set_association_properties({"session_id": ..., "user_id": ...})`.',
  openinference: 'OpenInference: `using_session(...)` and `using_user(...)` around the calls.',
  'vercel-ai': "Vercel's AI SDK: `experimental_telemetry: { metadata: { sessionId, userId } }`.",
  any: 'Put `session.id` (or `gen_ai.conversation.id`) and `user.id` on the span of the call, or on one above it.',
};

export const USERS: Settings = {
  ...IDS,
  'litellm-c':
    'LiteLLM: `user` in each request, and `LITELLM_OTEL_BAGGAGE_PROMOTED_KEYS=litellm.team.id,litellm.team.alias,litellm.api_key.hash,gen_ai.request.model,litellm.provider.model,litellm.end_user.id`, whose last key is not among its defaults.',
};

export const SAMPLING: Settings = {
  XRAY: 'X-Ray: a sampling rule with `FixedRate` 1 for the gateway. Without `path` only indexed traces are seen: give `path`.',
  any: COLLECTOR_SAMPLING,
};

export const PARENTS: Settings = {
  XRAY: 'X-Ray: retrieve whole traces by `path` (Transaction Search), and sample at the root alone.',
  any: `Let one place decide for a whole trace: SDK \`OTEL_TRACES_SAMPLER=parentbased_always_on\`; in front of \`tail_sampling\` a \`loadbalancing\` exporter with \`routing_key: traceID\`. Send the callers' spans to the same backend.`,
};

export const PARTIAL: Settings = {
  TEMPO: 'Tempo: raise `overrides.defaults.global.max_bytes_per_trace` (5 MB by default).',
  XRAY: 'X-Ray: a trace holds about 500 kB. Use Transaction Search and `path`, or send OTLP to an OTLP source.',
  any: "Raise the backend's limit on the size of a trace, or send OTLP to an OTLP source.",
};

export const SERVICES: Settings = {
  JAEGER: 'Name the gateway in `serviceName` of the source.',
  TEMPO: 'Name the gateway in `serviceName` of the source, or narrow `filter`.',
  XRAY: 'Narrow `filter` of the source, or with `path` give `serviceName`.',
  any: 'Make a source for each, or send only the gateway’s spans: what applications and their gateway both report counts twice where they share no trace.',
};

export const CLOCKS: Settings = {
  any: 'Synchronise the clocks of the machines (chrony or NTP); in containers that of the host counts.',
};
