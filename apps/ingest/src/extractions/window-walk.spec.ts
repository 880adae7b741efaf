import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WindowWalk, type TimeWindow } from './window-walk.js';

const PAGE = 10;

/** Reads like the job does: a page of PAGE or more may be cut, so that only a shorter one counts as read. */
function windowsOf(
  starts: readonly number[],
  range: TimeWindow,
  restartEvery: number,
): { read: TimeWindow[]; requests: number } {
  const read: TimeWindow[] = [];
  let walk = new WindowWalk(range);
  let requests = 0;
  for (let window = walk.window; window; window = walk.window) {
    requests += 1;
    const { from, to } = window;
    const found = starts.filter((start) => start >= from && start < to).length;
    if (found >= PAGE && walk.narrow(found >= 3 * PAGE ? 4 : 2)) continue;
    read.push(window);
    walk.advance(found / PAGE);
    if (read.length % restartEvery === 0) {
      walk = new WindowWalk(range);
      walk.resumeAt(to, to - from);
    }
  }
  return { read, requests };
}

describe('WindowWalk', () => {
  const starts = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 });

  it('covers the range once, without a gap, also when it goes on after a stop', () => {
    fc.assert(
      fc.property(
        starts,
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 5 }),
        (traces, length, restart) => {
          const range = { from: 0, to: length };
          const { read } = windowsOf(traces, range, restart);
          expect(read[0]?.from).toBe(0);
          expect(read.at(-1)?.to).toBe(length);
          read.slice(1).forEach((window, index) => expect(window.from).toBe(read[index]?.to));
        },
      ),
    );
  });

  it('takes a full page only of a single millisecond', () => {
    fc.assert(
      fc.property(starts, (traces) => {
        const { read } = windowsOf(traces, { from: 0, to: 5_001 }, 1_000);
        for (const { from, to } of read) {
          const found = traces.filter((start) => start >= from && start < to).length;
          expect(found < PAGE || to - from === 1).toBe(true);
        }
      }),
    );
  });

  it('needs one request for an empty range and few for a thin one', () => {
    const year = 365 * 86_400_000;
    expect(windowsOf([], { from: 0, to: year }, 1_000)).toEqual({ read: [{ from: 0, to: year }], requests: 1 });
    const burst = Array.from({ length: 100 }, (_, index) => 86_400_000 + index * 1_000);
    expect(windowsOf(burst, { from: 0, to: year }, 1_000).requests).toBeLessThan(80);
  });
});
