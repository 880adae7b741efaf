import { describe, expect, it } from '@jest/globals';
import { withLogContext } from './log-context.js';
import { Seldom } from './seldom.js';

describe('what many requests meet at once', () => {
  let now: number;
  let written: string[];
  const telling = () => {
    [now, written] = [0, []];
    const seldom = new Seldom(() => now);
    return (text: string) => seldom.tell(text, (line) => written.push(line));
  };

  it('is told when it comes, and again after five seconds with how often it was met', () => {
    const tell = telling();
    for (; now < 12_000; now += 10) tell('away');
    expect(written).toEqual([
      'away',
      'away (499 more since it was last told)',
      'away (499 more since it was last told)',
    ]);
  });

  it('is told anew when it comes back later', () => {
    const tell = telling();
    tell('away');
    now = 60_000;
    tell('away');
    expect(written).toEqual(['away', 'away']);
  });

  it('is told of each service, and beside what else is met', () => {
    const tell = telling();
    for (const service of ['ingest', 'labeling', 'ingest']) withLogContext({ service }, () => tell('away'));
    tell('another');
    expect(written).toEqual(['away', 'away', 'another']);
  });
});
