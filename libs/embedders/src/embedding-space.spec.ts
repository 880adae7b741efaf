import { describe, expect, it } from '@jest/globals';
import { spaceId } from './embedding-space.js';
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

describe('textHash', () => {
  it('is the sha256 of the exact bytes', () => {
    expect(textHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(textHash('abc ')).not.toBe(textHash('abc'));
    expect(textHash('e\u0301')).not.toBe(textHash('\u00e9'));
  });
});
