import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spaceId, spaceOf, type EmbeddingSpace } from './embedding-space.js';
import { textHash } from './text-hash.js';
import { USE_LITE_SPACE } from './use-lite/use-lite-space.js';

describe('spaceId', () => {
  it('differs when anything that decides the vectors differs', () => {
    const ids = [
      USE_LITE_SPACE,
      { ...USE_LITE_SPACE, model: 'other' },
      { ...USE_LITE_SPACE, revision: 'other' },
      { ...USE_LITE_SPACE, dim: 256 },
      { ...USE_LITE_SPACE, normalised: false },
    ].map(spaceId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('spaceOf', () => {
  it('reads what spaceId has written, whatever the model is called', () => {
    const space: fc.Arbitrary<EmbeddingSpace> = fc.record({
      provider: fc.constantFrom('use-lite', 'openai', 'tei', 'onnx', 'tfidf-svd'),
      model: fc.stringMatching(/^[a-zA-Z0-9/@._ -]{1,30}$/),
      revision: fc.stringMatching(/^[0-9a-f]{16}$/),
      dim: fc.integer({ min: 1, max: 10_000 }),
      normalised: fc.boolean(),
    });
    fc.assert(fc.property(space, (given) => expect(spaceOf(spaceId(given))).toEqual(given)));
  });

  it.each(['', 'use-lite', 'other/model@0123456789abcdef/2/unit', 'openai/model@x/2/half'])('refuses %j', (id) => {
    expect(() => spaceOf(id)).toThrow(/no embedding space/);
  });
});

describe('textHash', () => {
  it('is the sha256 of the exact bytes', () => {
    expect(textHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(textHash('abc ')).not.toBe(textHash('abc'));
    expect(textHash('e\u0301')).not.toBe(textHash('\u00e9'));
  });
});
