import { isObject, member, memberAt } from '../json.js';
import type { Attributes, SpanEvent } from '../normal-span.js';

export type ExceptionEvent = SpanEvent;

/** The exceptions of a cause, by their ids, as OpenTelemetry writes exceptions. */
export function exceptionsOf(cause: unknown, timeUnixNano: bigint): [string, ExceptionEvent][] {
  const exceptions = memberAt(cause, ['exceptions']);
  if (!Array.isArray(exceptions)) return [];
  return exceptions.filter(isObject).map((exception, index) => {
    const id = member(exception, 'id');
    return [
      typeof id === 'string' ? id.toLowerCase() : `#${index}`,
      { name: 'exception', timeUnixNano, attributes: attributesOf(exception) },
    ];
  });
}

function attributesOf(exception: Record<string, unknown>): Attributes {
  const [type, message] = [member(exception, 'type'), member(exception, 'message')];
  const stack = member(exception, 'stack');
  const frames = Array.isArray(stack) ? stack.filter(isObject).map(frameText) : [];
  return {
    ...(typeof type === 'string' ? { 'exception.type': type } : {}),
    ...(typeof message === 'string' ? { 'exception.message': message } : {}),
    ...(frames.length > 0 ? { 'exception.stacktrace': frames.join('\n') } : {}),
  };
}

function frameText(frame: Record<string, unknown>): string {
  const [label, path, line] = ['label', 'path', 'line'].map((key) => {
    const value = member(frame, key);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });
  return `    at ${label} (${path}:${line})`;
}
