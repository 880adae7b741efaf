import { SignalboxError } from '@signalbox/contracts';
import type { Embedded, Embedder } from './embedder.js';
import type { EmbeddingSpace } from './embedding-space.js';

/** Distinct texts that are held at once; bounds this thread's memory, and batching by length gains nothing beyond it. */
const WINDOW_TEXTS = 2_048;

/** What a provider adds to {@link textEmbedder}. */
export interface TextModel {
  space: EmbeddingSpace;
  /**
   * @param texts distinct, none blank
   * @param onText called once for each text when its vector is there, with its place
   */
  embed(texts: readonly string[], onText: (text: number) => void): Promise<Embedded[]>;
  /** Called once or more; what is under way has to be rejected. */
  close(): Promise<void>;
}

/** What every provider does alike: it refuses blank texts, embeds equal ones once, tells progress, and ends when closed. */
export function textEmbedder(model: TextModel): Embedder {
  let closed = false;

  async function embedWindow(texts: readonly string[], onText: (text: number) => void): Promise<Embedded[]> {
    if (closed) throw new Error('The embedder is closed.');
    try {
      return await model.embed(texts, onText);
    } catch (error) {
      if (closed) throw new Error('The embedder was closed while it worked.', { cause: error });
      throw error;
    }
  }

  const embedDetailed: Embedder['embedDetailed'] = async (texts, onProgress) => {
    if (closed) throw new Error('The embedder is closed.');
    const times = new Map<string, number>();
    texts.forEach((text, index) => {
      if (text.trim() === '') {
        throw new SignalboxError(
          'INVALID_INPUT',
          `Text ${index} is empty; there is no vector of nothing. Leave it out.`,
        );
      }
      times.set(text, (times.get(text) ?? 0) + 1);
    });
    const byText = new Map<string, Embedded>();
    const distinct = [...times.keys()];
    let done = 0;
    for (let at = 0; at < distinct.length; at += WINDOW_TEXTS) {
      const window = distinct.slice(at, at + WINDOW_TEXTS);
      const embedded = await embedWindow(window, (text) => {
        done += times.get(window[text] ?? '') ?? 0;
        onProgress?.(done, texts.length);
      });
      embedded.forEach((result, i) => byText.set(window[i] ?? '', result));
    }
    return texts.map((text) => {
      const result = byText.get(text);
      if (!result) throw new Error('A text was lost.');
      return result;
    });
  };

  return {
    space: model.space,
    embedDetailed,
    async embedAll(texts, onProgress) {
      return (await embedDetailed(texts, onProgress)).map((result) => result.vector);
    },
    async close() {
      closed = true;
      await model.close();
    },
  };
}
