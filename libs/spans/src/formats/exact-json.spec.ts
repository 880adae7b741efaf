import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExactJson } from './exact-json.js';

describe('parseExactJson', () => {
  it.each<[string, unknown]>([
    ['{"t":1763425611858303367}', { t: '1763425611858303367' }],
    [
      '{ "t" : 1763425611858303367 , "u":-9223372036854775808}',
      { t: '1763425611858303367', u: '-9223372036854775808' },
    ],
    [
      '[1763425611858303367\n,9007199254740991,9007199254740993]',
      ['1763425611858303367', 2 ** 53 - 1, '9007199254740993'],
    ],
    ['1763425611858303367', 1763425611858303367],
    ['[18446744073709551615]', ['18446744073709551615']],
    ['{"d":1763425611858303367.5,"e":1763425611858303367e2}', { d: 1763425611858303367.5, e: 1763425611858303367e2 }],
    [
      '{"s":"a, 1763425611858303367, \\" : 1763425611858303367","n":1763425611858303367}',
      { s: 'a, 1763425611858303367, " : 1763425611858303367', n: '1763425611858303367' },
    ],
    [
      '{"s":"ends in a backslash \\\\","n":1763425611858303367}',
      { s: 'ends in a backslash \\', n: '1763425611858303367' },
    ],
  ])('reads %s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });

  it('is JSON.parse for everything else, errors and their places included', () => {
    for (const text of [
      '{"t":1763425611858303367,}',
      '{ 1763425611858303367 :1}',
      '[1763425611858303367',
      '["a"1763425611858303367]',
      '[01763425611858303367]',
    ]) {
      expect(() => parseExactJson(text)).toThrow(errorOf(text));
    }
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps the digits of whole numbers wherever they stand, and changes no string', () => {
    const long = fc
      .bigInt({ min: -(2n ** 64n), max: 2n ** 64n })
      .filter((value) => !Number.isSafeInteger(Number(value)));
    const leaf = fc.oneof(
      long,
      fc.string({ unit: fc.constantFrom('"', '\\', ',', ':', ' ', '1763425611858303367', '[') }),
    );
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(tree), fc.constantFrom('', ' ', '\n  '), (value, space) => {
        const marked = JSON.stringify(
          value,
          (_, item: unknown) => (typeof item === 'bigint' ? `#${item}#` : item),
          space,
        );
        const text = marked.replace(/"#(-?\d+)#"/g, '$1');
        expect(parseExactJson(text)).toEqual(JSON.parse(marked.replace(/"#(-?\d+)#"/g, '"$1"')));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['backslashes', `["${'\\'.repeat(2_000_000)}",1763425611858303367]`],
    ['quotes', `["${'\\"'.repeat(1_000_000)}",1763425611858303367]`],
    ['digits', `[${'1'.repeat(2_000_000)}x]`],
    ['spaces', `[1763425611858303367${' '.repeat(2_000_000)}]`],
    ['a string without end', `[1763425611858303367,"${'\\"'.repeat(1_000_000)}`],
  ])('takes linear time on %s', (_what, text) => {
    const start = performance.now();
    try {
      parseExactJson(text);
    } catch {
      // Most of these are no JSON.
    }
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

function errorOf(text: string): Error {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error(`${text} is JSON`);
}
