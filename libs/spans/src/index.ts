export { callId } from './call-id.js';
export type { Coverage } from './calls/coverage.js';
export { extractCalls, type Extraction } from './calls/extract-calls.js';
export { SKIP_REASONS, type SkipReason } from './dialects/skip-reasons.js';
export { parseJaegerV1 } from './formats/jaeger-v1.js';
export { parseJaegerV3, parseOtlp } from './formats/otlp.js';
export type { ParsedSpans, RejectedSpan } from './formats/span-reading.js';
export { parseTraceFile, type TraceFile, type TraceFormat } from './formats/trace-file.js';
export type { Attributes, AttributeValue, NormalSpan, SpanEvent, SpanKind, SpanStatusCode } from './normal-span.js';
