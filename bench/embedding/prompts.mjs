import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const WORDS =
  'how do i sort a list in python what is the capital of france translate good morning into spanish solve step by train travels write function that name city explain why sky blue summarise this text compare two models answer with one letter only'.split(
    ' ',
  );
const [FEWEST, MOST] = [8, 60];

/** Distinct prompts of 8 to 60 words, which is 10 to 80 tokens; the same for the same seed. */
export function prompts(count, seed) {
  const random = xoroshiro128plus(seed);
  return Array.from({ length: count }, (_, i) => {
    const length = uniformInt(random, FEWEST, MOST);
    const words = Array.from({ length: length - 1 }, () => WORDS[uniformInt(random, 0, WORDS.length - 1)]);
    return [`${seed}.${i}`, ...words].join(' ');
  });
}
