import { Tokenizer } from '@tensorflow-models/universal-sentence-encoder/dist/tokenizer/index.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readModelFiles } from './model-files.js';
import { textTokenizer } from './tokens.js';

const { vocabulary } = readModelFiles();
const tokens = textTokenizer(vocabulary);
const stock = new Tokenizer(vocabulary);
const words = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9.,:;!?'"()$%/-]{1,12}$/), { minLength: 1, maxLength: 30 })
  .map((list) => list.join(' '));

describe('tokens', () => {
  it('segment a whole text as likely as the stock tokenizer does, though it goes word by word', () => {
    const logProbability = (ids: Iterable<number>): number =>
      [...ids].reduce((sum, id) => sum + (vocabulary[id]?.[1] ?? 0), 0);
    const spelled = (ids: Iterable<number>): string => [...ids].map((id) => vocabulary[id]?.[0]).join('');
    fc.assert(
      fc.property(words, (text) => {
        expect(logProbability(tokens(text))).toBeCloseTo(logProbability(stock.encode(text)), 6);
        expect(spelled(tokens(text))).toBe(spelled(stock.encode(text)));
      }),
      { numRuns: 200 },
    );
    expect([...tokens('Hello, how are you?')]).toEqual([341, 4125, 8, 140, 31, 19, 54]);
  });

  it('do not depend on how words are spaced', () => {
    fc.assert(
      fc.property(words, fc.constantFrom('\n', '  ', '\r\n\t', '\u00a0'), (text, space) =>
        expect(tokens(` ${text.replaceAll(' ', space)}\n`)).toEqual(tokens(text)),
      ),
      { numRuns: 100 },
    );
  });

  it('are found in linear time where no space is', () => {
    expect(tokens('QUJD'.repeat(50_000)).length).toBeGreaterThan(20_000);
  }, 20_000);
});
