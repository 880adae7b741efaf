import { Tokenizer } from '@tensorflow-models/universal-sentence-encoder/dist/tokenizer/index.js';

/** The stock tokenizer takes time quadratic in its input's length; a word this long is no word (base64, minified code). */
const MAX_WORD = 256;

export type TextToTokens = (text: string) => Int32Array;

/**
 * Word pieces by SentencePiece's unigram model (Kudo 2018, arXiv:1804.10959), through the tokenizer of
 * `@tensorflow-models/universal-sentence-encoder`. White space is folded first, as SentencePiece does in training;
 * the stock JavaScript leaves that out and turns every newline into an unknown token.
 */
export function textTokenizer(vocabulary: [string, number][]): TextToTokens {
  const tokenizer = new Tokenizer(vocabulary);
  return (text) => {
    // Through UTF-8, so that texts of one content address have one vector: it replaces lone surrogates.
    const wellFormed = Buffer.from(text, 'utf8').toString('utf8');
    const ids: number[] = [];
    // No piece spans a space, so word by word finds a segmentation as likely as the whole text's, in linear time.
    for (const [word] of wellFormed.normalize('NFKC').matchAll(/\S+/gu)) {
      for (let at = 0; at < word.length; at += MAX_WORD) {
        for (const id of tokenizer.encode(word.slice(at, at + MAX_WORD))) ids.push(id);
      }
    }
    return Int32Array.from(ids);
  };
}
