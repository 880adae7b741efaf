import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type AttributeValue } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

export interface Exported {
  json: unknown;
  protobuf: Uint8Array;
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = '00f067aa0ba902b7';
/** Of the first span that is made; the SDK takes milliseconds. */
export const START_MS = 1_735_689_600_123;

function bytesOf(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error('the SDK serialised nothing');
  return bytes;
}

function decode(bytes: Uint8Array | undefined): unknown {
  return JSON.parse(Buffer.from(bytesOf(bytes)).toString('utf8'));
}

/** What OpenTelemetry's own SDK sends: `count` spans under a parent of another process, in both encodings. */
export function exportedSpans(
  count: number,
  attributes: Record<string, AttributeValue> = {},
  service = 'svc',
): Exported {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('litellm', '1.2.3');
  provider.resource.attributes['service.name'] = service;
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
  for (let index = 0; index < count; index += 1) {
    const startTime = START_MS + index;
    const span = tracer.startSpan(`chat ${index}`, { kind: SpanKind.CLIENT, startTime, attributes }, parent);
    span.addEvent('gen_ai.user.message', { content: `question ${index}` }, startTime + 1);
    if (index % 2 === 1) span.setStatus({ code: SpanStatusCode.ERROR, message: 'rate limited' });
    span.end(startTime + 250);
  }
  const spans = exporter.getFinishedSpans();
  return {
    json: decode(JsonTraceSerializer.serializeRequest(spans)),
    protobuf: bytesOf(ProtobufTraceSerializer.serializeRequest(spans)),
  };
}

/** Log records of one span, and one of none. */
export function exportedRecords(): Exported {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider();
  provider.addLogRecordProcessor(new SimpleLogRecordProcessor(exporter));
  const logger = provider.getLogger('agent', '1.0');
  const context = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    traceFlags: TraceFlags.SAMPLED,
  });
  logger.emit({
    context,
    timestamp: new Date(START_MS),
    attributes: { 'event.name': 'gen_ai.user.message', n: 7 },
    body: { content: [{ text: 'Hi' }], deep: { ok: true } },
  });
  logger.emit({ context: ROOT_CONTEXT, observedTimestamp: new Date(START_MS + 5), body: 'plain line' });
  const records = exporter.getFinishedLogRecords();
  return {
    json: decode(JsonLogsSerializer.serializeRequest(records)),
    protobuf: bytesOf(ProtobufLogsSerializer.serializeRequest(records)),
  };
}
