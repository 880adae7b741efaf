import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bothEnds, bothEndsOfText, equalChunks, equalTexts, MAX_CHUNKS, textChunks } from './chunks.js';

const bytes = (text: string) => Buffer.byteLength(text, 'utf8');

describe('chunks of tokens', () => {
  it('hold every token once and in order, none longer than the model reads and none a stub', () => {
    const most = fc.integer({ min: 2, max: 64 }).map((half) => half * 2);
    fc.assert(
      fc.property(most, fc.double({ min: 0.001, max: 1, noNaN: true }), (most, share) => {
        const ids = Int32Array.from({ length: Math.ceil(share * most * MAX_CHUNKS) }, (_, i) => i);
        expect(bothEnds(ids, most)).toEqual(ids);
        const chunks = equalChunks(ids, most);
        expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...ids]);
        const lengths = chunks.map((chunk) => chunk.length);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(most);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it('of a text that is too long are its beginning and its end', () => {
    const ids = Int32Array.from({ length: 10_000 }, (_, i) => i);
    const used = bothEnds(ids, 128);
    const half = (128 * MAX_CHUNKS) / 2;
    expect([...used]).toEqual([...ids.slice(0, half), ...ids.slice(-half)]);
    expect(equalChunks(used, 128)).toHaveLength(MAX_CHUNKS);
  });
});

describe('chunks of a text', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 });

  it('hold every character once and in order, and none has more bytes than the server takes', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 32, max: 200 }), (text, most) => {
        fc.pre(bytes(text) <= (most - 3) * MAX_CHUNKS);
        const { chunks, covered } = textChunks(text, most);
        expect(chunks.join('')).toBe(Buffer.from(text).toString());
        expect(Math.max(...chunks.map(bytes))).toBeLessThanOrEqual(most);
        expect(covered).toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  it('of one that is too long are its beginning and its end, with the share that they cover', () => {
    const long = `${'é'.repeat(20_000)}${'z'.repeat(20_000)}`;
    const { chunks, covered } = textChunks(long, 103);
    expect(chunks).toHaveLength(MAX_CHUNKS);
    expect(chunks[0]).toMatch(/^é+$/);
    expect(chunks.at(-1)).toMatch(/^z+$/);
    expect(Math.max(...chunks.map(bytes))).toBeLessThanOrEqual(103);
    expect(covered).toBeCloseTo(bytes(chunks.join('')) / bytes(long), 9);
  });

  it('are taken from both ends where even these are too long to be counted', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 32, max: 200 }), (text, most) => {
        const ends = bothEndsOfText(text, most);
        expect(bytes(ends)).toBeLessThanOrEqual(Math.max(most, 0));
        if (bytes(text) <= most) expect(ends).toBe(text);
        else expect([text.startsWith(ends.slice(0, 5)), text.endsWith(ends.slice(-5))]).toEqual([true, true]);
      }),
      { numRuns: 100 },
    );
  });

  it('are as many as asked for, and together the text', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (text, count) => {
        const parts = equalTexts(text, count);
        expect(parts).toHaveLength(count);
        expect(parts.join('')).toBe(Buffer.from(text).toString());
      }),
      { numRuns: 100 },
    );
  });
});
