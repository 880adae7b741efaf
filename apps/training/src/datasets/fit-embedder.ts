import { createHash } from 'node:crypto';
import { SignalboxError, type DatasetPart } from '@signalbox/contracts';
import { textHash } from '@signalbox/datasets';
import { fitTfidfSvd } from '@signalbox/embedders';
import type { KnownCalls } from './assemble.js';

/** What a dataset names instead of a space until its embedder is fitted. */
export const FITTED = 'tfidf-svd';
/** Numbers per vector, where there are as many texts. */
const DIM = 256;
/** A fit takes about 25 s for a million; words that so much text does not hold are rare. */
const FIT_CHARACTERS = 2_000_000;
/** So that a few endless prompts do not stand for all. */
const CHARACTERS_OF_ONE = 20_000;

/**
 * Fits hashed TF-IDF with SVD on the labelled prompts of the training part, and on no others: a test prompt that helped to make the
 * vectors would be half known. Of more text than a fit takes, prompts are drawn at random. The same texts in any order and the same
 * seed give the same bytes.
 *
 * @param partOfRow by call, in order; null for a call that is no row
 * @param limit characters that it is fitted on at the most
 * @returns a file as `fitTfidfSvd` writes it
 * @throws SignalboxError TOO_FEW_PROMPTS
 */
export function fitEmbedder(
  calls: KnownCalls,
  partOfRow: readonly (DatasetPart | null)[],
  seed: number,
  limit = FIT_CHARACTERS,
): Uint8Array {
  const drawn = new Drawn(seed, limit);
  let number = 0;
  for (const { query } of calls.each()) {
    if (partOfRow[number] === 'train') drawn.add(query.slice(0, CHARACTERS_OF_ONE));
    number += 1;
  }
  const texts = drawn.texts();
  if (texts.length < 2) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `The training part holds ${texts.length} distinct labelled prompt; an embedder is fitted on 2 at the least.`,
    );
  }
  return fitTfidfSvd(texts, { dim: Math.min(DIM, texts.length), seed });
}

/** Distinct texts in a random order that their hashes and a seed decide, as many from its start as hold so many characters. */
class Drawn {
  private readonly byDraw = new Map<string, string>();
  private characters = 0;

  constructor(
    private readonly seed: number,
    private readonly limit: number,
  ) {}

  add(text: string): void {
    const draw = createHash('sha256')
      .update(`${this.seed} ${textHash(text)}`)
      .digest('hex');
    if (this.byDraw.has(draw)) return;
    this.byDraw.set(draw, text);
    this.characters += text.length;
    // What lies behind the limit now will do so whatever comes.
    if (this.characters > 2 * this.limit) this.cut();
  }

  texts(): string[] {
    this.cut();
    return [...this.byDraw.values()];
  }

  private cut(): void {
    const ordered = [...this.byDraw].sort(([left], [right]) => (left < right ? -1 : 1));
    this.byDraw.clear();
    this.characters = 0;
    for (const [draw, text] of ordered) {
      if (this.characters + text.length > this.limit) break;
      this.byDraw.set(draw, text);
      this.characters += text.length;
    }
  }
}
