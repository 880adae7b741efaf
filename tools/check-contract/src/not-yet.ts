import { z } from 'zod';
import { type Difference } from './differences.js';

const notYet = z.record(z.string(), z.int().positive());

/** Coordinates that the contract promises and that a later issue brings, with its number. */
export type NotYet = z.infer<typeof notYet>;

export const parseNotYet = (json: string): NotYet => notYet.parse(JSON.parse(json));

export interface Sorted {
  missing: Difference[];
  differs: Difference[];
  /** Missing, and listed. */
  expected: { coordinate: string; issue: number }[];
  /** Listed, and not missing: the entry is to be deleted, so that the promise is kept from now on. */
  stale: string[];
}

/** Only absence can be put off: what is there and differs would mislead whoever reads the contract. */
export function sortByList(found: readonly Difference[], list: NotYet): Sorted {
  const absent = found.filter(({ kind }) => kind === 'missing');
  const listed = new Set(Object.keys(list));
  const absentNames = new Set(absent.map(({ coordinate }) => coordinate));
  return {
    missing: absent.filter(({ coordinate }) => !listed.has(coordinate)),
    differs: found.filter(({ kind }) => kind === 'differs'),
    expected: Object.entries(list)
      .filter(([coordinate]) => absentNames.has(coordinate))
      .map(([coordinate, issue]) => ({ coordinate, issue })),
    stale: [...listed].filter((coordinate) => !absentNames.has(coordinate)),
  };
}
