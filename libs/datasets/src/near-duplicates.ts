import { hashToken, isNumber, mix, tokensOf } from './tokens.js';

/** A passage of at least this many words that many texts share is template text. */
const PASSAGE_WORDS = 5;
/** "Many": this share of the distinct texts, and never fewer than {@link TEMPLATE_TEXTS}. */
const TEMPLATE_SHARE = 0.005;
const TEMPLATE_TEXTS = 8;
/** Texts with fewer words of their own are compared as a whole: they match when normalising makes them equal. */
const OWN_WORDS = 8;
/** Least Jaccard similarity of the word pairs of two near-duplicates. */
const SIMILARITY = 0.7;
/** The same, for two texts whose numbers differ: mostly those are two questions of one kind. */
const SIMILARITY_WITH_OTHER_NUMBERS = 0.9;

const { imul } = Math;
const BANDS = 32;
const ROWS = 4;
const SALTS = Uint32Array.from({ length: BANDS * ROWS }, (_, index) => mix(index + 1));

interface Comparable {
  /** Sorted and distinct: every pair of neighbouring words outside of template text. */
  pairs: Float64Array;
  /** The numbers outside of template text, sorted. */
  numbers: string;
}

/**
 * Finds the texts that ask the same in almost the same words.
 *
 * 1. Case, white space and punctuation are dropped; digits, signs before a number and the order of words are kept. Texts that are then
 *    equal are duplicates.
 * 2. Template text is taken away: any passage of {@link PASSAGE_WORDS} words or more of which each five-word window occurs in
 *    many distinct texts of the corpus. Otherwise few-shot examples and instructions would join a whole task family.
 * 3. What is left is compared as a set of word pairs. Two texts are near-duplicates from a Jaccard similarity of
 *    {@link SIMILARITY} on, or {@link SIMILARITY_WITH_OTHER_NUMBERS} where their numbers differ. A text that has fewer than
 *    {@link OWN_WORDS} words left takes no part: next to a template, one other word is another question.
 *
 * Which pairs are compared is decided by MinHash signatures of 128 values in 32 bands (Broder, "On the resemblance and
 * containment of documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3), which finds a pair of
 * similarity .7 with probability .9998; each found pair is then measured exactly. The signatures depend on the text alone, so
 * the answer does not depend on the order of the texts.
 *
 * @returns pairs of indices into `texts`; their transitive closure is meant to be used
 */
export function nearDuplicates(texts: readonly string[], corpus: readonly string[] = texts): [number, number][] {
  const matches: [number, number][] = [];
  const firstOf = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    const key = normalised(text);
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, index);
    else matches.push([first, index]);
  }
  const isTemplate = templateWindows(corpus);
  const distinct = [...firstOf.values()];
  const comparables = distinct.map((index) => comparable(tokensOf(texts[index] ?? ''), isTemplate));
  for (const [left, right] of similarPairs(comparables)) {
    matches.push([distinct[left] ?? 0, distinct[right] ?? 0]);
  }
  return matches;
}

function normalised(text: string): string {
  const tokens = tokensOf(text);
  // A text of signs alone would otherwise equal every other such text.
  return tokens.length === 0 ? ` ${text.trim()}` : tokens.join(' ');
}

/** Tells whether the five-word window with this key is template text in the corpus. */
function templateWindows(corpus: readonly string[]): (window: number) => boolean {
  const distinct = new Map<string, string[]>();
  for (const text of corpus) {
    const tokens = tokensOf(text);
    distinct.set(tokens.join(' '), tokens);
  }
  const enough = Math.max(TEMPLATE_TEXTS, Math.ceil(distinct.size * TEMPLATE_SHARE));
  // Sorting beats a map of counts by far: most of the millions of windows of a large corpus occur once.
  const windows = Float64Array.from([...distinct.values()].flatMap((tokens) => distinctWindows(tokens))).sort();
  const frequent = new Set<number>();
  for (let end = enough - 1; end < windows.length; end++) {
    const window = windows[end];
    if (window !== undefined && windows[end - enough + 1] === window) frequent.add(window);
  }
  return (window) => frequent.has(window);
}

function distinctWindows(tokens: readonly string[]): number[] {
  return [...windowsOf(tokens).sort()].filter((window, index, sorted) => window !== sorted[index - 1]);
}

/** One key of 52 bits for each run of {@link PASSAGE_WORDS} words, so that two different runs practically never share one. */
function windowsOf(tokens: readonly string[]): Float64Array {
  const low = tokens.map((token) => hashToken(token, 0));
  const high = tokens.map((token) => hashToken(token, 1));
  const windows = new Float64Array(Math.max(0, tokens.length - PASSAGE_WORDS + 1));
  for (let start = 0; start < windows.length; start++) {
    let lowest = 0;
    let highest = 0;
    for (let offset = start; offset < start + PASSAGE_WORDS; offset++) {
      lowest = mix(imul(lowest, 31) + (low[offset] ?? 0));
      highest = mix(imul(highest, 31) + (high[offset] ?? 0));
    }
    windows[start] = (highest % 0x100000) * 0x100000000 + lowest;
  }
  return windows;
}

function comparable(tokens: readonly string[], isTemplate: (window: number) => boolean): Comparable | null {
  const template = new Uint8Array(tokens.length);
  windowsOf(tokens).forEach((window, start) => {
    if (isTemplate(window)) template.fill(1, start, start + PASSAGE_WORDS);
  });
  const own = tokens.map((token, index) => (template[index] === 1 ? null : token));
  const words = own.filter((token) => token !== null);
  if (words.length < OWN_WORDS) return null;
  const pairs = new Set<number>();
  own.forEach((token, index) => {
    const before = own[index - 1] ?? null;
    if (token !== null && before !== null) {
      pairs.add((hashToken(before, 0) % 0x100000) * 0x100000000 + mix(hashToken(before, 1) + hashToken(token, 0)));
    }
  });
  if (pairs.size === 0) return null;
  return { pairs: Float64Array.from(pairs).sort(), numbers: words.filter(isNumber).sort().join(' ') };
}

function* similarPairs(texts: readonly (Comparable | null)[]): Generator<[number, number]> {
  const buckets = Array.from({ length: BANDS }, () => new Map<string, number[]>());
  const compared = new Set<number>();
  for (const [index, text] of texts.entries()) {
    if (text === null) continue;
    const signature = signatureOf(text.pairs);
    for (const [band, bucket] of buckets.entries()) {
      const key = signature.subarray(band * ROWS, (band + 1) * ROWS).join();
      const others = bucket.get(key);
      if (others === undefined) {
        bucket.set(key, [index]);
        continue;
      }
      for (const other of others) {
        const pair = other * texts.length + index;
        if (compared.has(pair)) continue;
        compared.add(pair);
        const against = texts[other];
        if (against && areSimilar(text, against)) yield [other, index];
      }
      others.push(index);
    }
  }
}

function signatureOf(pairs: Float64Array): Uint32Array {
  const signature = new Uint32Array(SALTS.length).fill(0xffffffff);
  for (const pair of pairs) {
    const hash = mix((pair % 0x100000000) ^ imul(Math.floor(pair / 0x100000000), 0x9e3779b1));
    for (let index = 0; index < SALTS.length; index++) {
      const value = mix(hash ^ (SALTS[index] ?? 0));
      if (value < (signature[index] ?? 0)) signature[index] = value;
    }
  }
  return signature;
}

function areSimilar(left: Comparable, right: Comparable): boolean {
  const least = left.numbers === right.numbers ? SIMILARITY : SIMILARITY_WITH_OTHER_NUMBERS;
  return jaccard(left.pairs, right.pairs) >= least;
}

/** Size of the intersection over size of the union of two sorted sets. */
function jaccard(left: Float64Array, right: Float64Array): number {
  let shared = 0;
  let at = 0;
  for (const value of left) {
    while (at < right.length && (right[at] ?? 0) < value) at++;
    if (right[at] === value) shared++;
  }
  return shared / (left.length + right.length - shared);
}
