import { byCodeUnit } from './order.js';
import { randomOf, shuffled } from './random.js';

/**
 * Splits rows at random so that no group lies on both sides. Groups are drawn whole, in a random order, into the test part until
 * adding the next would leave its share of rows further from `testShare`. With two groups or more neither side is empty.
 *
 * @param groups group of each row
 * @param options.testShare wanted share of rows in the test part, 0..1
 * @returns the part of each row; permuting the rows permutes the answer and changes nothing else
 */
export function randomGroupedSplit(
  groups: readonly string[],
  options: { testShare: number; seed: number },
): ('train' | 'test')[] {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const drawn = shuffled([...sizes.keys()].sort(byCodeUnit), randomOf(options.seed));
  const wanted = groups.length * options.testShare;
  const test = new Set<string>();
  let rows = 0;
  for (const group of drawn) {
    const size = sizes.get(group) ?? 0;
    const closer = Math.abs(rows + size - wanted) < Math.abs(rows - wanted);
    if (!closer && test.size > 0) break;
    if (!closer || test.size + 1 === drawn.length) continue;
    test.add(group);
    rows += size;
  }
  // Every group is larger than twice the wanted part: the smallest one comes nearest to it.
  if (test.size === 0 && wanted > 0 && drawn.length > 1) {
    const smallest = Math.min(...sizes.values());
    const group = drawn.find((candidate) => sizes.get(candidate) === smallest);
    if (group !== undefined) test.add(group);
  }
  return groups.map((group) => (test.has(group) ? 'test' : 'train'));
}
