import { hash } from 'node:crypto';
import { DigestIds } from './digest-ids.js';
import { MemoryRecords, type OpenRecords, type Records } from './records.js';
import { templateWindows } from './template-windows.js';
import { packTokens, pairsOf, unpackTokens, WINDOW_WORDS, windowsOf } from './token-record.js';
import { mix, tokensOf } from './tokens.js';
import type { UnionFind } from './union-find.js';

/** Texts with fewer words of their own are compared as a whole: they match when normalising makes them equal. */
const OWN_WORDS = 8;
/** Least cosine of the word pairs of two near-duplicates. */
const SIMILARITY = 0.82;
/** The same, for two texts whose numbers differ: mostly those are two questions of one kind. */
const SIMILARITY_WITH_OTHER_NUMBERS = 0.95;

const BANDS = 32;
const ROWS = 4;
/** Of the functions x -> ax + b mod 2^32, which a MinHash of well mixed numbers needs no better than; each a is odd. */
const FACTORS = Uint32Array.from({ length: BANDS * ROWS }, (_, index) => mix(2 * index + 1) | 1);
const SUMMANDS = Uint32Array.from({ length: BANDS * ROWS }, (_, index) => mix(2 * index + 2));

/** Bits of a float64 that are whole numbers. */
const WHOLE_BITS = 53;
/** Pairs of one bucket that were found too different are remembered, up to some 20 MB. */
const REMEMBERED_PAIRS = 500_000;
/** Members of one bucket that are kept in memory while they are compared. */
const BUCKET_IN_MEMORY = 512;

const { imul } = Math;

/**
 * Finds the texts that ask the same in almost the same words.
 *
 * 1. Case, white space and punctuation are dropped; digits, signs before a number and the order of words are kept. Texts that are then
 *    equal are one text here.
 * 2. Template text is taken away: any passage of {@link WINDOW_WORDS} words or more of which each such window occurs in many
 *    distinct texts of the corpus. Otherwise few-shot examples and instructions would join a whole task family.
 * 3. What is left is compared as a set of word pairs. Two texts are near-duplicates from a cosine of {@link SIMILARITY} on, or
 *    {@link SIMILARITY_WITH_OTHER_NUMBERS} where their numbers differ. A text that has fewer than {@link OWN_WORDS} words left
 *    takes no part: next to a template, one other word is another question.
 *
 * Which texts are compared is decided by MinHash signatures of 128 values in 32 bands (Broder, "On the resemblance and
 * containment of documents", 1997; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3), which put two texts of
 * Jaccard similarity .7, that is a cosine of .82, into one bucket with probability .9998; within a bucket the cosine is measured
 * exactly. The signatures depend on the text alone, so the answer does not depend on the order of the texts.
 *
 * Memory: about 170 bytes a text; the words themselves lie in the records.
 */
export class NearDuplicates {
  private readonly ids = new DigestIds();
  private readonly tokens: Records;
  private readonly comparables: Records;
  /** Of all texts, to size the sketch of their windows. */
  private windows = 0;
  /** By text and band. */
  private keys: Uint32Array | null = null;
  /** Pairs of one bucket that are not near-duplicates: they may meet in another one. */
  private readonly different = new Set<number>();

  constructor(open: OpenRecords = () => new MemoryRecords()) {
    this.tokens = open();
    this.comparables = open();
  }

  /** Distinct texts. */
  get size(): number {
    return this.ids.size;
  }

  /** @returns the text's number; texts that differ in case, white space and punctuation alone have the same one */
  add(text: string): number {
    if (this.keys) throw new Error('texts were compared already');
    const tokens = tokensOf(text);
    // A text of signs alone would otherwise equal every other such text.
    const key = tokens.length === 0 ? ` ${text.trim()}` : tokens.join(' ');
    const id = this.ids.idOf(hash('sha256', key, 'buffer'));
    if (id === this.tokens.size) {
      this.tokens.append(packTokens(tokens));
      this.windows += Math.max(0, tokens.length - WINDOW_WORDS + 1);
    }
    return id;
  }

  /**
   * Joins those of the texts that are near-duplicates of each other, in chains.
   * @param classes of texts by their numbers
   * @param among which texts take part; all of them count for what is template text
   */
  joinSimilar(classes: UnionFind, among: (text: number) => boolean = () => true): void {
    const keys = (this.keys ??= this.signed());
    const members = membersOf(keys, this.size, among);
    // Sorting numbers of key and text beats a Map of buckets in time and memory; where both do not fit the key is cut, which
    // puts a few more texts into a bucket and changes nothing.
    const places = 2 ** Math.max(1, Math.ceil(Math.log2(this.size)));
    const cut = Math.max(1, (2 ** 32 * places) / 2 ** WHOLE_BITS);
    const packed = new Float64Array(members.length);
    for (let band = 0; band < BANDS; band += 1) {
      for (let k = 0; k < members.length; k += 1) {
        const text = members[k] ?? 0;
        packed[k] = Math.floor((keys[text * BANDS + band] ?? 0) / cut) * places + text;
      }
      packed.sort();
      for (let start = 0, end = 0; start < packed.length; start = end) {
        const key = Math.floor((packed[start] ?? 0) / places);
        for (end = start + 1; end < packed.length && Math.floor((packed[end] ?? 0) / places) === key; end += 1);
        if (end - start > 1) this.joinWithin(packed.subarray(start, end), places, classes);
      }
    }
  }

  private joinWithin(bucket: Float64Array, places: number, classes: UnionFind): void {
    const texts = Uint32Array.from(bucket, (value) => value % places);
    const kept: Float64Array[] = [];
    const comparable = (k: number): Float64Array => {
      const known = kept[k];
      if (known) return known;
      const read = new Float64Array(this.comparables.read(texts[k] ?? 0).buffer);
      if (k < BUCKET_IN_MEMORY) kept[k] = read;
      return read;
    };
    // A family meets again in band after band: then all of a bucket is one class, and nothing is left to compare.
    let oneClass = true;
    for (let k = 1; k < texts.length; k += 1) {
      const text = texts[k] ?? 0;
      let joined = false;
      for (let other = 0; other < k; other += 1) {
        const against = texts[other] ?? 0;
        if (classes.find(text) !== classes.find(against)) {
          const pair = against * places + text;
          if (this.different.has(pair)) continue;
          if (!areSimilar(comparable(k), comparable(other))) {
            this.remember(pair);
            continue;
          }
          classes.join(text, against);
          joined = true;
        }
        if (oneClass) break;
      }
      const first = classes.find(texts[0] ?? 0);
      if (oneClass) oneClass = classes.find(text) === first;
      else if (joined) oneClass = texts.subarray(0, k + 1).every((each) => classes.find(each) === first);
    }
  }

  private remember(pair: number): void {
    if (this.different.size === REMEMBERED_PAIRS) this.different.clear();
    this.different.add(pair);
  }

  /** Takes the template text away, keeps what is left to compare, and gives its keys; those of a text that takes no part are 0. */
  private signed(): Uint32Array {
    const frequent = templateWindows(this.tokens, this.windows);
    const keys = new Uint32Array(this.size * BANDS);
    for (let text = 0; text < this.size; text += 1) {
      const tokens = unpackTokens(this.tokens.read(text));
      const template = new Uint8Array(tokens.size);
      windowsOf(tokens).forEach((window, start) => {
        if (frequent.has(window)) template.fill(1, start, start + WINDOW_WORDS);
      });
      const own = template.reduce((count, inTemplate) => count + (inTemplate === 1 ? 0 : 1), 0);
      const { pairs, numbers } = pairsOf(tokens, template);
      const takesPart = own >= OWN_WORDS && pairs.length > 0;
      this.comparables.append(takesPart ? new Uint8Array(withLast(pairs, numbers).buffer) : new Uint8Array());
      if (takesPart) keys.set(bandKeys(pairs), text * BANDS);
    }
    return keys;
  }
}

function withLast(values: Float64Array, last: number): Float64Array<ArrayBuffer> {
  const all = new Float64Array(values.length + 1);
  all.set(values);
  all[values.length] = last;
  return all;
}

function membersOf(keys: Uint32Array, size: number, among: (text: number) => boolean): Uint32Array {
  const members = new Uint32Array(size);
  let count = 0;
  for (let text = 0; text < size; text += 1) {
    if (keys[text * BANDS] !== 0 && among(text)) members[count++] = text;
  }
  return members.subarray(0, count);
}

/** One key for each band of the signature, never 0. */
function bandKeys(pairs: Float64Array): Uint32Array {
  const signature = new Uint32Array(BANDS * ROWS).fill(0xffffffff);
  for (const pair of pairs) {
    const hashed = mix((pair % 0x100000000) ^ imul(Math.floor(pair / 0x100000000), 0x9e3779b1));
    for (let index = 0; index < BANDS * ROWS; index++) {
      const value = (imul(hashed, FACTORS[index] ?? 0) + (SUMMANDS[index] ?? 0)) >>> 0;
      if (value < (signature[index] ?? 0)) signature[index] = value;
    }
  }
  const keys = new Uint32Array(BANDS);
  for (let band = 0; band < BANDS; band += 1) {
    let key = 0;
    for (let row = 0; row < ROWS; row += 1) key = mix(imul(key, 31) + (signature[band * ROWS + row] ?? 0));
    keys[band] = key === 0 ? 1 : key;
  }
  return keys;
}

/** Both end with the key of their numbers. */
function areSimilar(left: Float64Array, right: Float64Array): boolean {
  const least = left.at(-1) === right.at(-1) ? SIMILARITY : SIMILARITY_WITH_OTHER_NUMBERS;
  return cosine(left.subarray(0, -1), right.subarray(0, -1)) >= least;
}

/** Of the indicator vectors of two sorted sets. */
function cosine(left: Float64Array, right: Float64Array): number {
  let shared = 0;
  let at = 0;
  for (const value of left) {
    while (at < right.length && (right[at] ?? 0) < value) at++;
    if (right[at] === value) shared++;
  }
  return shared / Math.sqrt(left.length * right.length);
}
