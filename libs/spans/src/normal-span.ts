/** Value of an attribute. An int64 beyond 2^53 and a non-finite double stay the string that the file holds. */
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };

export type Attributes = Record<string, AttributeValue>;

export type SpanKind = 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
export const SPAN_KINDS: readonly SpanKind[] = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

export type SpanStatusCode = 'UNSET' | 'OK' | 'ERROR';
export const SPAN_STATUS_CODES: readonly SpanStatusCode[] = ['UNSET', 'OK', 'ERROR'];

export interface SpanEvent {
  name: string;
  /** Nanoseconds since the epoch, UTC. */
  timeUnixNano: bigint;
  attributes: Attributes;
  /** Of a log record that was joined to the span. */
  body?: AttributeValue;
}

/** What made the span, beside its resource. */
export type SpanScope = Pick<NormalSpan, 'scopeName' | 'scopeAttributes'>;

/** A span of any format. What a format says outside of attributes (kind, status, scope) is not in `attributes`. */
export interface NormalSpan {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  parentSpanId: string | null;
  name: string;
  kind: SpanKind;
  serviceName: string | null;
  scopeName: string | null;
  /** Where the format keeps them. */
  scopeAttributes?: Attributes;
  /** Nanoseconds since the epoch, UTC; 0 where the format left it out. */
  startUnixNano: bigint;
  endUnixNano: bigint;
  attributes: Attributes;
  resourceAttributes: Attributes;
  events: SpanEvent[];
  status: { code: SpanStatusCode; message: string | null };
}
