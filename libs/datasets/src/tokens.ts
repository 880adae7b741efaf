// Numbers stay whole ("1.5" is not "15") and a sign before a number counts. Scripts that do not separate words by spaces count a character as a word.
const TOKEN =
  /\p{N}+(?:[.,:]\p{N}+)*|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*|[-+*/=<>^%](?=\s*\p{N})/gu;

// Read once: in the innermost loop a global of a VM context, as Jest makes one, costs thirty times the work itself.
const { imul } = Math;

/** Words, numbers and the signs before numbers of a text, in lower case; white space and other punctuation are dropped. */
export function tokensOf(text: string): string[] {
  return text.normalize('NFKC').toLowerCase().match(TOKEN) ?? [];
}

export function isNumber(token: string): boolean {
  return /^\p{N}/u.test(token);
}

/** 32-bit FNV-1a over UTF-16 units: fixed for ever, since signatures that are built from it decide what is compared. */
export function hashToken(token: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < token.length; index++) {
    hash = imul(hash ^ token.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** The finaliser of MurmurHash3: every bit of the input changes about half of the output. */
export function mix(value: number): number {
  let hash = value;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
