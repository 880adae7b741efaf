import { describe, expect, it } from '@jest/globals';
import { BatchWriter } from './batch-writer.js';

describe('a batch writer', () => {
  it('writes every item once, one batch at a time, and what comes meanwhile together', async () => {
    const batches: number[][] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const writer = new BatchWriter<number>(async (items) => {
      batches.push(items);
      await gate;
    });
    const added = [1, 2, 3, 4].map((item) => writer.add(item));
    open();
    await Promise.all(added);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('tells every item of a batch that failed, and goes on with the next', async () => {
    let times = 0;
    const writer = new BatchWriter<number>(async () => {
      times += 1;
      if (times === 1) throw new Error('lost');
    });
    const outcomes = await Promise.allSettled([writer.add(1), writer.add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
