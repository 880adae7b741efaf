import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Embedder } from './embedder.js';

const TEXTS = [
  'What is the capital of France?',
  'Name the capital city of Italy.',
  'Write a Python function that reverses a list.',
  'a',
  'b',
  'Translate "good morning" into Spanish.',
  'Tell me the capital city of France.',
  'Größe, naïve, 東京, 🚂 and\n\ttabs',
  'Lone \ud800 surrogate',
  'Solve step by step: a train travels 120 km in 1.5 hours. What is its speed?'.repeat(12),
];

/** Longer than any provider takes whole, but one that counts words. */
const ENDLESS = Array.from({ length: 60_000 }, (_, i) => `word${i % 997}`).join(' ');

function dot(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b) throw new Error('A vector is missing.');
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Digest of the bits, so that a difference in one of thousands of numbers fails with a line rather than a page. */
function bits(vector: Float32Array | undefined): string {
  if (!vector) throw new Error('A vector is missing.');
  return createHash('sha256')
    .update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
    .digest('hex');
}

/**
 * What every embedding provider keeps. Call it in the provider's spec. Of a server it holds for one that gives a text the
 * same numbers each time: those of a real one may differ in their last bits, which is why a stored vector is never asked for again.
 * @param create a new embedder each time; `workers` as in EmbedderOptions
 */
export function describeEmbedder(name: string, create: (workers: number) => Promise<Embedder>): void {
  describe(`${name} as an embedder`, () => {
    let embedder: Embedder;
    let vectors: Float32Array[];

    beforeAll(async () => {
      embedder = await create(1);
      vectors = await embedder.embedAll(TEXTS);
    }, 60_000);
    afterAll(() => embedder.close());

    it('gives one vector per text, of the dimension and length that its space states', () => {
      expect(vectors).toHaveLength(TEXTS.length);
      for (const vector of vectors) {
        expect(vector).toHaveLength(embedder.space.dim);
        expect(vector.every(Number.isFinite)).toBe(true);
        if (embedder.space.normalised) expect(Math.sqrt(dot(vector, vector))).toBeCloseTo(1, 5);
      }
    });

    it('gives a text the same bits alone, in another order and beside other texts', async () => {
      const alone = [];
      for (const text of TEXTS) alone.push(...(await embedder.embedAll([text])));
      expect(alone.map(bits)).toEqual(vectors.map(bits));
      const reversed = await embedder.embedAll([...TEXTS].reverse());
      expect(reversed.reverse().map(bits)).toEqual(vectors.map(bits));
      const crowd = Array.from({ length: 5 }, (_, i) => `What is the capital of country number ${i}?`);
      const crowded = await embedder.embedAll([...crowd, ...TEXTS, ...crowd]);
      expect(crowded.slice(5, 5 + TEXTS.length).map(bits)).toEqual(vectors.map(bits));
    }, 60_000);

    it('gives the same bits from another instance with two workers', async () => {
      const other = await create(2);
      try {
        expect((await other.embedAll(TEXTS)).map(bits)).toEqual(vectors.map(bits));
      } finally {
        await other.close();
      }
    }, 60_000);

    it('gives equal texts one vector and counts every copy as progress', async () => {
      const seen: [number, number][] = [];
      const copies = await embedder.embedAll(['a', 'b', 'a', 'a'], (done, total) => seen.push([done, total]));
      expect(copies.map(bits)).toEqual([vectors[3], vectors[4], vectors[3], vectors[3]].map(bits));
      expect(seen.at(-1)).toEqual([4, 4]);
      expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b));
    });

    it('puts a rephrased question nearer than one about something else', () => {
      const [france, italy, python, , , , franceAgain] = vectors;
      expect(dot(france, franceAgain)).toBeGreaterThan(dot(france, italy));
      expect(dot(france, italy)).toBeGreaterThan(dot(france, python));
    });

    it('says in how many chunks a text was embedded, and how much of it they cover', async () => {
      const [short, endless] = await embedder.embedDetailed(['a', ENDLESS]);
      expect(short).toMatchObject({ chunks: 1, covered: 1 });
      expect(endless?.covered).toBeGreaterThan(0);
      expect(endless?.covered).toBeLessThanOrEqual(1);
      if (endless?.chunks === 1) expect(endless.covered).toBe(1);
      expect(Math.sqrt(dot(endless?.vector, endless?.vector))).toBeCloseTo(1, 5);
    }, 60_000);

    it.each(['', ' ', '\n\t\u3000'])('refuses %j, which holds no word', async (empty) => {
      await expect(embedder.embedAll(['a', empty])).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('1'),
      });
    });

    it('answers no text with no vector', async () => {
      expect(await embedder.embedAll([])).toEqual([]);
    });

    it('rejects what is under way and what comes later once closed, and closes twice', async () => {
      const other = await create(1);
      const underWay = other.embedAll(TEXTS);
      const closing = other.close();
      await expect(underWay).rejects.toThrow(/closed/);
      await closing;
      await expect(other.embedAll(['a'])).rejects.toThrow(/closed/);
      await other.close();
    });
  });
}
