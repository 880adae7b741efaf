export const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const ARTICLES = /(?<![\p{L}\p{N}])(?:a|an|the)(?![\p{L}\p{N}])/gu;
// Points and minus signs stay where they belong to a number ("1.5" is not "15"), plus and hash after a letter ("C++" is not "C").
const PUNCTUATION =
  /\.(?!\p{N})|(?<=\p{L})\.|-(?!\.?\p{N})|(?<=[\p{L}\p{N}])-|(?<![\p{L}+#])[+#]|[^\P{P}.#-]|[^\P{S}+]/gu;

/**
 * The normaliser of SQuAD v1.1 (Rajpurkar et al., "SQuAD: 100,000+ questions for machine comprehension of text", 2016): lower
 * case, no punctuation, no articles, single spaces; with numbers kept whole and punctuation of every script dropped.
 */
export function normaliseAnswer(text: string): string {
  const bare = text.normalize('NFKC').toLowerCase().replaceAll('\u2212', '-').replace(PUNCTUATION, '');
  const words = bare.replace(ARTICLES, ' ').split(/\s+/u).filter(Boolean).join(' ');
  // "A" or "+" as a whole answer is no article and no punctuation.
  return words === '' ? text.trim().toLowerCase() : words;
}

/** Whether anything is left of a text but articles and punctuation. */
export function hasWords(text: string): boolean {
  return normaliseAnswer(`x ${text}`) !== 'x';
}

/** Tells of a normalised text which others stand in it: as whole words, or anywhere in scripts without spaces. */
export function phrasesIn(text: string): (phrase: string) => boolean {
  const spaced = ` ${text} `;
  return (phrase) => (WITHOUT_SPACES.test(phrase) ? text.includes(phrase) : spaced.includes(` ${phrase} `));
}
