import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NearDuplicates } from './near-duplicates.js';
import type { OpenRecords } from './records.js';
import { UnionFind } from './union-find.js';

const WORDS = 'river lamp theory copper window garden engine letter market signal carpet winter harbour'.split(' ');

/** What every store of records keeps. @param open an empty one each time */
export function describeRecords(name: string, open: OpenRecords): void {
  describe(`${name} as records`, () => {
    it('gives every record back, in any order, while more are appended', () => {
      const step = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        fc.constantFrom(70_000, 200_000).map((length) => new Uint8Array(length).fill(length % 251)),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const records = open();
          const known: Uint8Array[] = [];
          for (const each of steps) {
            if (typeof each !== 'number') {
              records.append(each);
              known.push(each);
            } else if (known.length > 0) {
              const place = each % known.length;
              expect(Buffer.compare(records.read(place), known[place] ?? new Uint8Array())).toBe(0);
            }
          }
          expect(records.size).toBe(known.length);
          known.forEach((record, place) => expect(Buffer.compare(records.read(place), record)).toBe(0));
        }),
        { numRuns: 40 },
      );
    });

    it('keeps what was appended when the caller changes its bytes, and when the reader does', () => {
      const records = open();
      const bytes = Uint8Array.of(1, 2, 3);
      records.append(bytes);
      bytes.fill(9);
      records.read(0).fill(8);
      expect([...records.read(0)]).toEqual([1, 2, 3]);
    });

    it.each([-1, 1, 0.5])('has no record %d of one', (place) => {
      const records = open();
      records.append(new Uint8Array());
      expect(records.read(0)).toHaveLength(0);
      expect(() => records.read(place)).toThrow(RangeError);
    });

    it('finds the near-duplicates that memory finds', () => {
      const text = fc.array(fc.constantFrom(...WORDS), { minLength: 9, maxLength: 14 }).map((words) => words.join(' '));
      fc.assert(
        fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
          const classesBy = (near: NearDuplicates) => {
            for (const each of texts) near.add(each);
            const classes = new UnionFind(near.size);
            near.joinSimilar(classes);
            return Array.from({ length: near.size }, (_, k) => classes.find(k));
          };
          expect(classesBy(new NearDuplicates(open))).toEqual(classesBy(new NearDuplicates()));
        }),
        { numRuns: 20 },
      );
    });
  });
}
