import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DigestIds } from './digest-ids.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

describe('DigestIds', () => {
  it('numbers what it sees as a Map does, however many there are', () => {
    const ids = new DigestIds();
    const known = new Map<number, number>();
    const seen = (value: number) => {
      if (!known.has(value)) known.set(value, known.size);
      expect(ids.idOf(digest(String(value)))).toBe(known.get(value));
    };
    for (let k = 0; k < 5_000; k += 1) seen((k * 7_919) % 3_001);
    fc.assert(fc.property(fc.array(fc.nat(9_000)), (values) => values.forEach(seen)));
    expect(ids.size).toBe(known.size);
  });

  it('tells apart what only the last of the bytes that count tells apart', () => {
    const ids = new DigestIds();
    const [one, other] = [Buffer.alloc(32), Buffer.alloc(32)];
    other[15] = 1;
    expect([ids.idOf(one), ids.idOf(other), ids.idOf(one)]).toEqual([0, 1, 0]);
  });

  it('orders and names by the digest, also from the middle of a buffer', () => {
    const ids = new DigestIds();
    const texts = ['a', 'b', 'c', 'd', 'e'];
    const given = texts.map((text) => ids.idOf(Buffer.concat([Buffer.alloc(3), digest(text)]).subarray(3)));
    const hexes = texts.map((text) => digest(text).toString('hex'));
    expect(given.map((id) => ids.hexOf(id))).toEqual(hexes.map((hex) => hex.slice(0, 16)));
    const order = [...given].sort((left, right) => ids.compare(left, right)).map((id) => texts[given.indexOf(id)]);
    expect(order).toEqual([...texts].sort((left, right) => Buffer.compare(digest(left), digest(right))));
  });
});
