import { Outbound } from '@signalbox/outbound';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeModels, hang, verdict, type FakeReply } from '../testing/fake-models.js';
import { ChatClient } from './chat.client.js';

let models: FakeModels;
beforeEach(async () => {
  models = await FakeModels.start();
});
afterEach(() => models.close());

/** Milliseconds between the first and the last time that it was asked. */
async function ask(replies: (() => FakeReply | Promise<FakeReply>)[], timeoutSeconds = 60) {
  const times: number[] = [];
  models.reply = () => {
    times.push(performance.now());
    return replies[times.length - 1]?.() ?? verdict(4);
  };
  const client = new ChatClient({ baseUrl: models.url, apiKey: null, timeoutSeconds }, Outbound.allowing('loopback'));
  const result = await client.ask({ model: 'judge-1', turns: [{ role: 'user', content: 'hello' }] });
  return { result, tries: times.length, waitedMs: (times.at(-1) ?? 0) - (times[0] ?? 0) };
}

const busy = (status: number, retryAfter?: string) => (): FakeReply => ({
  ...{ status, text: 'later' },
  ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
});

describe('a chat API', () => {
  it.each([429, 500, 529])('that answers %s is asked again after the seconds that it names', async (status) => {
    const { result, tries, waitedMs } = await ask([busy(status, '1')]);
    expect(result).toMatchObject({ ok: true });
    expect(tries).toBe(2);
    expect(waitedMs).toBeGreaterThanOrEqual(990);
    expect(waitedMs).toBeLessThan(3_000);
  });

  it.each([429, 503])('that answers %s is asked again at the date that it names', async (status) => {
    const { result, waitedMs } = await ask([() => busy(status, new Date(Date.now() + 2_500).toUTCString())()]);
    expect(result).toMatchObject({ ok: true });
    expect(waitedMs).toBeGreaterThanOrEqual(1_400); // a date has whole seconds
    expect(waitedMs).toBeLessThan(4_500);
  });

  it('that names no time is asked three times more, after half a second, one and two, each less a quarter at most', async () => {
    const { result, tries, waitedMs } = await ask(Array.from({ length: 9 }, () => busy(503)));
    expect(result).toMatchObject({ ok: false, failure: { reason: 'unreachable', message: 'answers 503 (fake_code)' } });
    expect(tries).toBe(4);
    expect(waitedMs).toBeGreaterThanOrEqual(0.75 * 3_500 - 10);
    expect(waitedMs).toBeLessThan(5_500);
  });

  it('that hangs is given up in time and asked again', async () => {
    const { result, tries } = await ask([hang], 0.2);
    expect(result).toMatchObject({ ok: true });
    expect(tries).toBe(2);
  });

  it('that always hangs is no answer', async () => {
    const { result, tries } = await ask([hang, hang, hang, hang, hang], 0.1);
    expect(result).toEqual({ ok: false, failure: { reason: 'unreachable', message: 'does not answer' } });
    expect(tries).toBe(4);
  });

  it('that starts an answer and does not end it is given up in time', async () => {
    const { result } = await ask(
      Array.from({ length: 4 }, () => () => ({ body: '{"choices":', open: true })),
      0.2,
    );
    expect(result).toMatchObject({ ok: false, failure: { reason: 'unreachable' } });
  }, 15_000);
});
