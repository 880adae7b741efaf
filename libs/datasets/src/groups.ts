import { createHash } from 'node:crypto';
import { PromptCorpus, type CorpusPrompt } from './prompt-corpus.js';

export interface GroupableText extends CorpusPrompt {
  /** Unique among the items. */
  id: string;
}

/** sha256 (hex) of a text in UTF-8. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * Groups what must never lie on both sides of a split, as {@link PromptCorpus.groups} does.
 *
 * @returns the name of the group of each item by id
 */
export function groupTexts(items: readonly GroupableText[]): Map<string, string> {
  const corpus = new PromptCorpus();
  for (const item of items) corpus.add(item);
  const { nameOf } = corpus.groups();
  return new Map(items.map(({ id }, prompt) => [id, nameOf(prompt)]));
}
