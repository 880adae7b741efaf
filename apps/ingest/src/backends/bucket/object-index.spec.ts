import { describe, expect, it } from '@jest/globals';
import { ObjectIndex } from './object-index.js';

const at = (text: string) => Date.parse(`2026-03-${text}Z`);
const EARLY = at('01T00:00:00');

describe('an index of objects', () => {
  it('takes a day in a key for that day anywhere on earth', () => {
    const index = new ObjectIndex([{ key: 'team/2026-03-05/a.json', modified: at('09T00:00:00') }]);
    const has = (from: string, to: string) => index.within(at(from), at(to)).length === 1;
    expect(has('04T09:00:00', '04T10:00:00')).toBe(false);
    expect(has('04T10:00:00', '04T10:00:01')).toBe(true);
    expect(has('06T11:59:59', '06T12:30:00')).toBe(true);
    expect(has('06T12:00:01', '06T12:30:00')).toBe(false);
  });

  it('takes no object for one that holds what starts after it was written, whatever the day in its key', () => {
    const index = new ObjectIndex([{ key: 'team/2026-03-05/a.json', modified: at('05T12:00:00') }]);
    expect(index.within(at('05T12:04:00'), at('05T13:00:00'))).toEqual(['team/2026-03-05/a.json']);
    expect(index.within(at('05T12:06:00'), at('05T13:00:00'))).toEqual([]);
  });

  it('takes an object without a day for one that may hold anything from before it was written', () => {
    const index = new ObjectIndex([{ key: 'a.json', modified: at('05T12:00:00') }]);
    expect(index.within(EARLY, EARLY + 1)).toEqual(['a.json']);
    expect(index.within(at('05T12:04:00'), at('05T13:00:00'))).toEqual(['a.json']);
    expect(index.within(at('05T12:06:00'), at('05T13:00:00'))).toEqual([]);
  });

  it('knows better once an object has been read, and where the spans of a trace lie', () => {
    const index = new ObjectIndex([
      { key: 'a.json', modified: at('05T12:00:00') },
      { key: 'empty.json', modified: at('05T12:00:00') },
    ]);
    expect(index.unread(['a.json', 'empty.json'])).toEqual(['a.json', 'empty.json']);
    expect(index.learn('a.json', [at('03T02:00:00'), at('03T01:00:00')], ['t1'])).toBe(true);
    expect(index.learn('a.json', [EARLY], ['t2'])).toBe(false);
    expect(index.learn('empty.json', [], [])).toBe(true);
    expect(index.unread(['a.json', 'empty.json'])).toEqual([]);
    expect(index.within(at('03T00:00:00'), at('03T01:00:00'))).toEqual([]);
    expect(index.within(at('03T01:30:00'), at('03T02:30:00'))).toEqual(['a.json']);
    expect([index.ofTrace('t1'), index.ofTrace('t2')]).toEqual([['a.json'], []]);
  });
});
