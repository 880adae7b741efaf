const TRACE_ID = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/i;

export function isXrayTraceId(value: unknown): value is string {
  return typeof value === 'string' && TRACE_ID.test(value);
}

/** `1-8hex-24hex` as OpenTelemetry writes it; X-Ray takes 32 digits too. Null for anything else. */
export function readXrayTraceId(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const [, seconds, rest] = TRACE_ID.exec(value) ?? [];
  const id = seconds === undefined || rest === undefined ? value.toLowerCase() : `${seconds}${rest}`.toLowerCase();
  return /^(?!0+$)[0-9a-f]{32}$/.test(id) ? id : null;
}

/** The id as X-Ray's API takes it. */
export function xrayTraceId(traceId: string): string {
  return `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
}
