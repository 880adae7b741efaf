import { describe, expect, it } from '@jest/globals';
import type { TraceReader } from '../backends/trace-reader.js';
import { readSample, SampleEnd } from './read-sample.js';

const SECOND = 1_000;

/** A backend that holds nothing and takes its time to say so. */
function slowReader(seconds: number) {
  let now = 0;
  const searched: { from: number; to: number }[] = [];
  const reader: TraceReader = {
    limits: { traces: 200, fullShare: 1, mostTraces: 200, narrowestMs: 1, widestMs: 3_600_000 },
    services: () => Promise.resolve(['']),
    search: (_service, from, to) => {
      now += seconds * SECOND;
      searched.push({ from, to });
      return Promise.resolve({ spans: [], traces: 0, malformed: 0, partial: 0 });
    },
    trace: () => Promise.resolve(null),
  };
  return { reader, searched, clock: () => new Date(now) };
}

describe('a sample', () => {
  it('asks no more after half a minute, and says how far it came', async () => {
    const { reader, searched, clock } = slowReader(10);
    const range = { from: 0, to: 1_000 * 3_600_000 };
    const read = await readSample(reader, { services: [''], range, limit: 10 }, clock);
    expect(searched).toHaveLength(4);
    expect(read).toMatchObject({ end: SampleEnd.TIME_UP, reached: searched.at(-1)?.from, traces: 0 });
  });

  it('goes back from the end in windows that touch and grow, no wider than the backend answers for', async () => {
    const { reader, searched, clock } = slowReader(0);
    await readSample(reader, { services: [''], range: { from: 0, to: 5 * 3_600_000 }, limit: 10 }, clock);
    const widths = searched.map(({ from, to }) => (to - from) / 60_000);
    expect(widths.slice(0, 3)).toEqual([1, 8, 60]);
    expect(Math.max(...widths)).toBe(60);
    expect(searched.slice(1).map(({ to }) => to)).toEqual(searched.slice(0, -1).map(({ from }) => from));
    expect(searched.at(-1)?.from).toBe(0);
  });

  it('looks at no more services than it may take traces, and does not call that the whole', async () => {
    const { reader, searched, clock } = slowReader(0);
    const services = ['a', 'b', 'c'];
    const read = await readSample(reader, { services, range: { from: 0, to: 60_000 }, limit: 2 }, clock);
    expect(searched).toHaveLength(2);
    expect(read).toMatchObject({ services: ['a', 'b'], end: SampleEnd.SAMPLE_FULL, reached: 60_000 });
  });
});
