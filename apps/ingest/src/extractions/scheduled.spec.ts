import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestDatabase } from '../index.js';
import { tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(120_000);
const MINUTE = 60_000;

describe('a trace source', () => {
  let ingest: RunningIngest;
  let jaeger: FakeJaeger;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
    jaeger = await FakeJaeger.start({ api: 'v3', spans: tracesOf(10, 1_000, 'fresh', Date.now() - 5 * MINUTE) });
  });
  afterAll(async () => {
    await ingest.end();
    await jaeger.stop();
  });

  const source = (input: Record<string, unknown>) => ingest.createSource({ endpoint: jaeger.url, ...input });
  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await delay(100);
  };
  const extractionsOf = async (id: string) =>
    (
      await ingest.admin.query<{ from: Date; to: Date; status: string }>(
        'select from_time as "from", to_time as "to", status from ingest.extraction where source_id = $1 order by id',
        [id],
      )
    ).rows;

  it('with a schedule is read by itself, on from its watermark, with an overlap and a lag, once each time', async () => {
    const id = await source({ name: 'scheduled', schedule: '0 3 * * *' });
    const dueNow = () =>
      ingest.admin.query(`update ingest.trace_source set next_run_at = now() - interval '1 minute' where id = $1`, [
        id,
      ]);
    const ended = async (count: number) => {
      await until(
        async () => (await extractionsOf(id)).filter(({ status }) => status === 'SUCCEEDED').length === count,
      );
      return extractionsOf(id);
    };
    await dueNow();
    const [first] = await ended(1);
    expect(await ingest.count('ingest.llm_call')).toBe(10);
    expect(Date.now() - (first?.to.getTime() ?? 0)).toBeGreaterThanOrEqual(MINUTE);
    const { data } = await ingest.graph<{ traceSources: { name: string; nextRunAt: string; schedule: string }[] }>(
      '{ traceSources { name schedule nextRunAt } }',
    );
    const shown = data.traceSources.find(({ name }) => name === 'scheduled');
    expect(shown?.schedule).toBe('0 3 * * *');
    expect(new Date(shown?.nextRunAt ?? 0).toISOString()).toMatch(/T03:00:00.000Z$/);
    await dueNow();
    const [, second] = await ended(2);
    expect(second?.from.getTime()).toBe((first?.to.getTime() ?? 0) - 10 * MINUTE);
    expect(await ingest.count('ingest.llm_call')).toBe(10);
  });

  it.each(['every day', '99 * * * *', '* * * *', '0 0 30 2 *'])('refuses the schedule "%s"', async (schedule) => {
    expect(await source({ name: 'refused', schedule })).toContain('INVALID_INPUT');
  });

  describe('that keeps calls for some days', () => {
    const DAY = 1_440 * MINUTE;
    let old: FakeJaeger;
    let kept: string;
    beforeAll(async () => {
      const spans = [
        ...tracesOf(6, 1_000, 'old', Date.now() - 40 * DAY),
        ...tracesOf(4, 1_000, 'young', Date.now() - 20 * DAY),
      ];
      old = await FakeJaeger.start({ api: 'v3', spans });
      kept = await source({ name: 'kept', endpoint: old.url });
      await ingest.extract(kept, Date.now() - 50 * DAY, Date.now());
    });
    afterAll(() => old.stop());

    const callsOf = (id: string) => ingest.count(`ingest.llm_call where source_id = '${id}'`);
    const keepFor = (id: string, days: number) =>
      ingest.admin.query('update ingest.trace_source set retention_days = $2 where id = $1', [id, days]);

    it('loses those that are older, and no other, tells the other services, and does not read them again', async () => {
      expect(await callsOf(kept)).toBe(10);
      await keepFor(kept, 30);
      await until(async () => (await callsOf(kept)) < 10);
      expect(await callsOf(kept)).toBe(4);
      expect(await ingest.count('ingest.forgotten_call_v1')).toBe(6);
      const again = await ingest.extract(kept, Date.now() - 50 * DAY, Date.now());
      expect(again).toMatchObject({ callsStored: 0, callsDuplicate: 4 });
      expect(again.skipped).toContainEqual({ reason: 'expired', count: 6 });
      expect(await source({ name: 'none', retentionDays: 0 })).toContain('retentionDays');
    });

    it('leaves them to a source that keeps them longer', async () => {
      const longer = await source({ name: 'longer', endpoint: old.url, retentionDays: 45 });
      const read = await ingest.extract(longer, Date.now() - 50 * DAY, Date.now());
      expect(read).toMatchObject({ callsStored: 6, callsDuplicate: 4 });
      expect(await ingest.count('ingest.forgotten_call_v1')).toBe(0);
      await keepFor(longer, 30);
      await until(async () => (await ingest.count('ingest.forgotten_call_v1')) === 6);
    });

    it('does not remember for ever what it has lost', async () => {
      await ingest.admin.query(`update ingest.forgotten_call set forgotten_at = now() - interval '91 days'`);
      await keepFor(kept, 10);
      await until(async () => (await callsOf(kept)) === 0);
      await until(async () => (await ingest.count('ingest.forgotten_call_v1')) === 4);
    });
  });
});
