import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { byCodeUnit } from './order.js';

/** The items in a random order that depends on nothing but their given order and the seed. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = uniform(seed);
  return items
    .map((item, index) => ({ item, index, key: next() }))
    .sort((left, right) => left.key - right.key || left.index - right.index)
    .map(({ item }) => item);
}

/** A stream of numbers in [0, 1) from a seed. */
export function uniform(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** The fold of each row: groups are dealt whole, in a random order, so that no group lies in two folds. */
export function groupedFolds(groups: readonly string[], folds: number, seed: number): Int32Array {
  const distinct = shuffled([...new Set(groups)].sort(byCodeUnit), seed);
  const foldOf = new Map(distinct.map((group, position) => [group, position % folds]));
  return Int32Array.from(groups, (group) => foldOf.get(group) ?? 0);
}
