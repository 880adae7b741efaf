import { describe, expect, it } from '@jest/globals';
import { extractCalls } from './extract-calls.js';
import { isCutText } from './truncation.js';

/** As Tempo cuts a value: at 2,048 bytes of UTF-8, wherever that is in a character. */
function cutByTempo(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(0, 2048));
}

const truncatedOf = (attributes: Record<string, string>): boolean | undefined =>
  extractCalls([
    {
      traceId: '000000000000000000000000000000ab',
      spanId: '0000000000000001',
      parentSpanId: null,
      name: 'chat',
      kind: 'CLIENT',
      serviceName: null,
      scopeName: null,
      startUnixNano: 1_700_000_000_000_000_000n,
      endUnixNano: 1_700_000_001_000_000_000n,
      attributes: { 'gen_ai.operation.name': 'chat', ...attributes },
      resourceAttributes: {},
      events: [],
      status: { code: 'UNSET', message: null },
    },
  ]).calls[0]?.truncated;

describe('a text that Tempo cut', () => {
  it.each([
    ['one byte a character', 'abcd '],
    ['two', 'äöü '],
    ['three', '日本語で'],
    ['four', '😀🚀 x'],
    ['a mixture', 'aä日😀 '],
  ])('is known by its length in bytes, of %s', (_kind, unit) => {
    for (let shift = 0; shift < 5; shift += 1) {
      expect(isCutText(cutByTempo('x'.repeat(shift) + unit.repeat(1000)))).toBe(true);
    }
  });

  it('is not every text of that length', () => {
    expect(isCutText(`${'a'.repeat(2047)}.`)).toBe(false);
    expect(isCutText('a'.repeat(2046))).toBe(false);
    expect(isCutText('a'.repeat(2049))).toBe(false);
    expect(isCutText(`${'日'.repeat(682)}ab`)).toBe(true);
    expect(isCutText(`${'日本語'.repeat(200)}です`)).toBe(false);
    expect(isCutText('It broke: \uFFFD')).toBe(false);
  });
});

describe('content', () => {
  const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'äöü '.repeat(900) }] }]);

  it('is marked where its JSON was cut', () => {
    expect(truncatedOf({ 'gen_ai.input.messages': messages })).toBe(false);
    expect(truncatedOf({ 'gen_ai.input.messages': cutByTempo(messages) })).toBe(true);
  });

  it('is marked where the limit of attributes dropped turns', () => {
    const turns = (...numbers: number[]) =>
      Object.fromEntries(numbers.map((number) => [`llm.input_messages.${number}.message.content`, `turn ${number}`]));
    expect(truncatedOf(turns(0, 1, 2))).toBe(false);
    expect(truncatedOf(turns(0, 3))).toBe(true);
    expect(truncatedOf(turns(4, 5))).toBe(true);
  });
});
