import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { inFlight } from './in-flight.js';

/** Items of pages, each of which takes its time to read. */
async function* pages(count: number, size: number): AsyncGenerator<number> {
  for (let page = 0; page < count; page += 1) {
    await turn();
    for (let item = 0; item < size; item += 1) yield page * size + item;
  }
}

describe('work in flight', () => {
  it('stays at its limit over the ends of pages', async () => {
    const done: number[] = [];
    const atOnce: number[] = [];
    let now = 0;
    await inFlight(pages(5, 7), 3, undefined, async (item) => {
      now += 1;
      for (let wait = 0; wait < 10; wait += 1) await turn();
      atOnce.push(now);
      now -= 1;
      done.push(item);
    });
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 35 }, (_, item) => item));
    expect(Math.max(...atOnce)).toBe(3);
    expect(Math.min(...atOnce.slice(3, -3))).toBeGreaterThanOrEqual(2); // one waits while a page is read
  });

  it('ends with the first failure, of the work or of the reading, when what was begun has ended', async () => {
    const ended: number[] = [];
    const failing = inFlight(pages(2, 4), 2, undefined, async (item) => {
      if (item === 2) throw new Error('no work');
      await turn();
      ended.push(item);
    });
    await expect(failing).rejects.toThrow('no work');
    expect(ended).toEqual([0, 1, 3].filter((item) => ended.includes(item)));
    async function* broken(): AsyncGenerator<number> {
      yield* pages(1, 2);
      throw new Error('no page');
    }
    const begun: number[] = [];
    await expect(inFlight(broken(), 2, undefined, (item) => Promise.resolve(void begun.push(item)))).rejects.toThrow(
      'no page',
    );
    expect(begun).toEqual([0, 1]);
  });
});
