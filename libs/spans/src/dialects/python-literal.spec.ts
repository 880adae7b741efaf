import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePythonLiteral } from './python-literal.js';

describe('parsePythonLiteral', () => {
  it('reads what Python writes of messages', () => {
    const text = `[{'role': 'user', 'content': "What's \\"this\\"?\\n\\u00e9\\x21", 'name': None, 'ok': True, 'n': (1, 2.5, -3)}]`;
    expect(parsePythonLiteral(text)).toEqual([
      { role: 'user', content: 'What\'s "this"?\né!', name: null, ok: true, n: [1, 2.5, -3] },
    ]);
  });

  it('reads an object in call form as its fields', () => {
    expect(parsePythonLiteral('Usage(total_tokens=3, details=Details(cached=0))')).toEqual({
      total_tokens: 3,
      details: { cached: 0 },
    });
  });

  it.each([`[{'role': 'user', 'content': 'cut o`, '<object at 0x7f>', '[1, 2', `{'a' 1}`, 'import os', ''])(
    'is undefined for %s',
    (text) => {
      expect(parsePythonLiteral(text)).toBeUndefined();
    },
  );

  it('gives up on nesting that only an attacker writes', () => {
    expect(parsePythonLiteral('['.repeat(100_000))).toBeUndefined();
  });

  it('keeps __proto__ as data', () => {
    const value = parsePythonLiteral(`{'__proto__': {'polluted': True}}`);
    expect(Object.keys(Object(value))).toEqual(['__proto__']);
    expect(Object(value)).not.toHaveProperty('polluted');
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parsePythonLiteral(text)));
    const tokens = fc.constantFrom('[', ']', '{', '}', "'", '"', '\\', 'a', ':', ',', '(', ')', '=', '1', 'x', ' ');
    fc.assert(fc.property(fc.array(tokens), (parts) => void parsePythonLiteral(parts.join(''))));
  });
});
