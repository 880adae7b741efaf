import { createHash } from 'node:crypto';
import type { FakeSpan } from './fake-jaeger.js';

export const START = Date.parse('2026-03-01T00:00:00Z');

const hex = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** A trace of one LLM call and an ordinary span beside it. */
export function traceOf(name: string, start: number, change: Partial<FakeSpan> = {}): FakeSpan[] {
  const traceId = hex(name, 32);
  const call: FakeSpan = {
    traceId,
    spanId: hex(`${name} call`, 16),
    service: 'gateway',
    name: 'chat gpt-4o',
    start,
    seconds: 1.5,
    ...change,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.input.messages': JSON.stringify([
        { role: 'user', parts: [{ type: 'text', content: `question ${name}` }] },
      ]),
      'gen_ai.output.messages': JSON.stringify([
        { role: 'assistant', parts: [{ type: 'text', content: `answer ${name}` }] },
      ]),
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'session.id': `session ${name.length}`,
      ...change.attributes,
    },
  };
  const other: FakeSpan = {
    traceId,
    spanId: hex(`${name} other`, 16),
    parentSpanId: call.spanId,
    service: call.service,
    name: 'redis set',
    start: start + 1,
    seconds: 0.01,
    attributes: { 'db.system': 'redis' },
  };
  return [call, other];
}

export const tracesOf = (count: number, spacingMs: number, prefix = 'trace', start = START): FakeSpan[] =>
  Array.from({ length: count }, (_, index) => traceOf(`${prefix} ${index}`, start + index * spacingMs)).flat();
