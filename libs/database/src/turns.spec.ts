import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  it('come one after the other, in the order of asking', async () => {
    const turns = new Turns();
    const told: string[] = [];
    const work = async (name: string, steps: number) => {
      const end = await turns.take();
      told.push(`${name} begins`);
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      told.push(`${name} ends`);
      end();
    };
    await Promise.all([work('a', 50), work('b', 5), work('c', 0)]);
    expect(told).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('are passed on once, however often they are ended', async () => {
    const turns = new Turns();
    const first = await turns.take();
    const [second, third] = [turns.take(), turns.take()];
    let thirdBegan = false;
    void third.then(() => (thirdBegan = true));
    first();
    first();
    await second;
    await new Promise((resolve) => setImmediate(resolve));
    expect(thirdBegan).toBe(false);
    (await second)();
    await third;
  });
});
