import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { groupTexts } from './groups.js';
import { parseOutcomeMatrix } from './outcome-matrix.js';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomOf } from './random.js';

const shared = new URL('../../../../shared/data/llmrouter9.jsonl', import.meta.url);
const sharedIt = existsSync(shared) ? it : it.skip;

type Random = () => number;
const seeded = (seed: number): Random => {
  const random = randomOf(seed);
  return () => uniformFloat64(random);
};
interface Planted {
  text: string;
  /** Texts of one origin are asked again with a few edits. */
  origin: number;
}

const VOCABULARY = 3000;
const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)] as T;
const wordOf = (n: number): string => `${'bcdfghklmnprstvz'[n % 16] ?? ''}a${(n * 7_919).toString(26)}`;
// A few words are frequent and most are rare, as in a language.
const someWord = (random: Random): string => wordOf(Math.floor(VOCABULARY * random() ** 3));
const words = (count: number, random: Random): string[] => Array.from({ length: count }, () => someWord(random));

const INSTRUCTIONS = Array.from({ length: 4 }, (_, k) => `${words(18, seeded(90 + k)).join(' ')}:`);

const EDITS: Record<string, (text: string[], random: Random) => string[]> = {
  case: (text, random) => text.map((word) => (random() < 0.3 ? word.toUpperCase() : word)),
  'white space': (text, random) => text.flatMap((word) => (random() < 0.3 ? ['\n ', word] : [word])),
  '1-5 % of the tokens': (text, random) => {
    const changed = Math.max(1, Math.round(text.length * (0.01 + 0.04 * random())));
    const places = new Set(Array.from({ length: changed }, () => Math.floor(random() * text.length)));
    return text.flatMap((word, k) => {
      if (!places.has(k)) return [word];
      return pick([[], [someWord(random)], [word, someWord(random)]], random);
    });
  },
};

/** Prompts of 20 to 120 words, half of them behind one of a few instructions; two of five are asked again once or twice. */
function plantedCorpus(origins: number, seed: number): Planted[] {
  const random = seeded(seed);
  return Array.from({ length: origins }, (_, origin) => {
    const own = words(20 + Math.floor(random() * 101), random);
    const instruction = random() < 0.5 ? `${pick(INSTRUCTIONS, random)} ` : '';
    const again = random() < 0.4 ? 1 + Math.floor(random() * 2) : 0;
    const copies = Array.from({ length: again }, () => pick(Object.values(EDITS), random)(own, random));
    return [own, ...copies].map((text) => ({ origin, text: instruction + text.join(' ') }));
  }).flat();
}

/** Of the pairs of prompts that are grouped, and of those that have one origin. */
function measured(corpus: readonly Planted[]): { precision: number; recall: number; pairs: number } {
  const groups = groupTexts(corpus.map(({ text }, k) => ({ id: String(k), text })));
  const pairsBy = (keyOf: (prompt: Planted, k: number) => string) => {
    const sizes = new Map<string, number>();
    for (const [k, prompt] of corpus.entries()) sizes.set(keyOf(prompt, k), (sizes.get(keyOf(prompt, k)) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  };
  const groupOf = (_: Planted, k: number) => groups.get(String(k)) ?? '';
  const planted = pairsBy(({ origin }) => String(origin));
  const both = pairsBy((prompt, k) => `${prompt.origin} ${groupOf(prompt, k)}`);
  return { precision: both / pairsBy(groupOf), recall: both / planted, pairs: planted };
}

describe('near-duplicates', () => {
  it.each([1, 2, 3])('are found among planted edits and shared templates, at least 95 of 100 (seed %i)', (seed) => {
    const { precision, recall, pairs } = measured(plantedCorpus(2000, seed));
    expect(pairs).toBeGreaterThan(800);
    expect(precision).toBeGreaterThanOrEqual(0.95);
    expect(recall).toBeGreaterThanOrEqual(0.95);
  });

  it('are not what two questions behind one long instruction are', () => {
    const random = seeded(5);
    const instruction = words(200, random).join(' ');
    const corpus = Array.from({ length: 400 }, (_, origin) => ({
      origin,
      text: `${instruction} ${words(12, random).join(' ')}`,
    }));
    const groups = groupTexts(corpus.map(({ text }, k) => ({ id: String(k), text })));
    expect(new Set(groups.values()).size).toBe(corpus.length);
  });

  sharedIt('are found among 5,160 real prompts in less than 10 s', () => {
    const rows = parseOutcomeMatrix(readFileSync(shared, 'utf8'));
    if (!rows.ok) throw new Error(rows.error.path);
    const start = performance.now();
    groupTexts(rows.value.map(({ query }, k) => ({ id: String(k), text: query })));
    const seconds = (performance.now() - start) / 1000;
    console.log(`grouped ${rows.value.length} prompts in ${seconds.toFixed(2)} s`);
    expect(rows.value).toHaveLength(5160);
    expect(seconds).toBeLessThan(10);
  });
});
