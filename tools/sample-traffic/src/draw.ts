import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** Hex sha256 of the parts, told apart by a separator that no text holds. */
export function hashOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex');
}

/**
 * Seeded draws, keyed by what they are for rather than by when they happen: the draws of one call do not depend on how
 * many calls were made before it, so a trace can be rebuilt alone and a question asked twice is answered alike.
 */
export class Draw {
  private readonly generator;

  constructor(...key: readonly (string | number)[]) {
    const hash = hashOf(...key);
    this.generator = xoroshiro128plusFromState(
      [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16) | 0),
    );
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return uniformFloat64(this.generator);
  }

  /** Uniform whole number, both ends included. */
  int(from: number, to: number): number {
    return uniformInt(this.generator, from, to);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const value = from[this.int(0, from.length - 1)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }

  shuffle<T>(from: readonly T[]): T[] {
    return this.some(from, from.length);
  }

  /** `count` different entries, in random order. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.int(0, left.length - 1), 1));
    return taken;
  }

  /** A key of `weights` with probability proportional to its weight. */
  weighted(weights: Readonly<Record<string, number>>): string {
    const entries = Object.entries(weights);
    let rest = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError('nothing to pick from');
    return last[0];
  }
}
