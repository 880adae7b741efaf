import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { mix } from './tokens.js';

// Neighbouring seeds start xoroshiro in almost the same state; its first numbers would be alike.
const WARM_UP = 16;

export function randomOf(seed: number): RandomGenerator {
  const random = xoroshiro128plus(mix(seed));
  for (let step = 0; step < WARM_UP; step++) random.next();
  return random;
}

/** The items in a uniformly random order. */
export function shuffled<T>(items: readonly T[], random: RandomGenerator): T[] {
  return items
    .map((item, index) => ({ item, index, key: uniformFloat64(random) }))
    .sort((left, right) => left.key - right.key || left.index - right.index)
    .map(({ item }) => item);
}
