import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestDatabase } from '../index.js';
import { START, traceOf } from '../testing/calls.js';
import { FakeJaeger, otlpResourceSpans, type FakeSpan } from '../testing/fake-jaeger.js';
import { RunningIngest, unaccounted } from '../testing/running-ingest.js';

jest.setTimeout(120_000);
const HOUR = 3_600_000;
const DELETE = 'mutation ($userId: String!) { deleteUserData(userId: $userId) }';

const of = (user: string, name: string, start = START): FakeSpan[] =>
  traceOf(`${user} ${name}`, start, { attributes: { 'user.id': user } });

describe('deleteUserData', () => {
  let ingest: RunningIngest;
  let jaeger: FakeJaeger;
  let source: string;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
    jaeger = await FakeJaeger.start({ api: 'v3', spans: [] });
    source = await ingest.createSource({ name: 'jaeger', endpoint: jaeger.url });
  });
  afterAll(async () => {
    await jaeger.stop();
    await ingest.end();
  });

  const deleted = async (userId: string) => {
    const { data, errors } = await ingest.graph<{ deleteUserData: number } | null>(DELETE, { userId });
    return data?.deleteUserData ?? errors?.[0]?.extensions.code;
  };
  const read = async (spans: FakeSpan[], to = START + HOUR) => {
    jaeger.set({ spans });
    const extraction = await ingest.extract(source, START, to);
    expect(unaccounted(extraction)).toBe(0);
    return extraction;
  };
  const forgottenOf = ({ skipped }: Awaited<ReturnType<typeof read>>) =>
    skipped.find(({ reason }) => reason === 'forgotten')?.count ?? 0;
  const callsOf = (user: string) => ingest.count('ingest.llm_call where user_id = $1', [user]);
  const rowsOf = async (user: string) =>
    (await ingest.admin.query<{ id: string }>('select * from ingest.llm_call where user_id = $1 order by id', [user]))
      .rows;

  it('removes the calls of the user and leaves every other row as it is, and a second time nothing', async () => {
    await read(['ada', 'bob'].flatMap((user) => [...of(user, 'one'), ...of(user, 'two', START + 5)]));
    const others = await rowsOf('bob');
    expect(others).toHaveLength(2);
    expect([await deleted('ada'), await deleted('ada'), await deleted('nobody')]).toEqual([2, 0, 0]);
    expect([await callsOf('ada'), await rowsOf('bob')]).toEqual([0, others]);
    expect(await ingest.count('ingest.forgotten_call')).toBe(2);
  });

  it('refuses a user without a name', async () => {
    expect([await deleted(''), await deleted(' \n ')]).toEqual(['INVALID_INPUT', 'INVALID_INPUT']);
  });

  it('keeps what the source still has away, counts it, and stores what the user does from then on', async () => {
    const before = [...of('eve', 'stored'), ...of('eve', 'not read yet', START + 10)];
    await read(before.slice(0, 2));
    await deleted('eve');
    const moment = Date.now() + 1_000;
    const later = of('eve', 'later', moment);
    const extraction = await read([...before, ...later], Date.now() + HOUR);
    expect([forgottenOf(extraction), extraction.callsStored, extraction.callsDuplicate]).toEqual([2, 1, 0]);
    expect(await callsOf('eve')).toBe(1);
    while (Date.now() <= moment) await delay(10);
    expect(await deleted('eve')).toBe(1);
    expect(forgottenOf(await read(later, Date.now() + HOUR))).toBe(1);
  });

  it('removes a call that was stored before its user was known', async () => {
    const [call, other] = of('flo', 'late');
    if (!call || !other) throw new Error('a trace has two spans');
    const { 'user.id': user, ...attributes } = call.attributes;
    expect(user).toBe('flo');
    const nameless = { ...call, attributes };
    expect((await read([nameless, other])).callsStored).toBe(1);
    expect(await deleted('flo')).toBe(0);
    expect(forgottenOf(await read([call, other]))).toBe(1);
    expect(forgottenOf(await read([nameless, other]))).toBe(1);
    expect(await ingest.count('ingest.llm_call where trace_id = $1', [call.traceId])).toBe(0);
  });

  it('keeps away what the receiver holds sealed, and counts it', async () => {
    await ingest.createSource({ name: 'otlp', kind: 'OTLP' });
    const body = JSON.stringify({ resourceSpans: otlpResourceSpans([...of('gus', 'sealed'), ...of('hal', 'sealed')]) });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(new URL('/v1/traces', ingest.url), { method: 'POST', headers, body })).status).toBe(200);
    expect(await deleted('gus')).toBe(0);
    await ingest.admin.query(`update ingest.received_part set received_at = received_at - interval '1 minute'`);
    while ((await ingest.count('ingest.received_part where assembled_at is null')) > 0) await delay(50);
    expect([await callsOf('gus'), await callsOf('hal')]).toEqual([0, 1]);
    const { rows } = await ingest.admin.query(
      'select spans_read, calls_stored, skipped from ingest.extraction where received',
    );
    expect(rows).toEqual([{ spans_read: 4, calls_stored: 1, skipped: { not_llm: 2, forgotten: 1 } }]);
  });

  it('lets nothing through that is being stored meanwhile', async () => {
    const spans = Array.from({ length: 40 }, (_, n) => of('ivy', `${n}`, START + n * 10)).flat();
    jaeger.set({ spans });
    const extractions = Array.from({ length: 4 }, () => ingest.extract(source, START, START + HOUR));
    const deletions = [deleted('ivy'), deleted('ivy'), deleted('ivy')];
    for (const extraction of await Promise.all(extractions)) expect(unaccounted(extraction)).toBe(0);
    await Promise.all(deletions);
    expect(await callsOf('ivy')).toBe(0);
  });

  it('finds a user whose id looks like personal data, in a source that is redacted', async () => {
    const strict = await ingest.createSource({ name: 'strict', endpoint: jaeger.url, redaction: 'STRICT' });
    const user = 'jo.2345678@example.org';
    jaeger.set({ spans: of(user, 'redacted') });
    expect((await ingest.extract(strict, START, START + HOUR)).callsStored).toBe(1);
    expect(await deleted(user)).toBe(1);
    expect(forgottenOf(await read(of(user, 'redacted')))).toBe(1);
  });

  it('removes more calls than fit a batch, and tells the other services of each, in order', async () => {
    await read(of('kim', 'template'));
    await ingest.admin.query(
      `insert into ingest.llm_call select (jsonb_populate_record(null::ingest.llm_call, to_jsonb(call)
         || jsonb_build_object('id', left(call.id::text, 14) || substr(md5('kim ' || n)::uuid::text, 15)))).*
       from (select * from ingest.llm_call where user_id = 'kim') call, generate_series(1, 5000) n`,
    );
    const marked = await ingest.count('ingest.forgotten_call_v1');
    expect(await deleted('kim')).toBe(5_001);
    expect(await ingest.count('ingest.forgotten_call_v1')).toBe(marked + 5_001);
  });

  it('is ended by itself when it was broken off', async () => {
    await read(of('gil', 'one'));
    await ingest.admin.query(
      'alter table ingest.forgotten_call add constraint broken check (trace_id is null) not valid',
    );
    expect(await deleted('gil')).toBe('INTERNAL');
    expect(await callsOf('gil')).toBe(1);
    await ingest.admin.query('alter table ingest.forgotten_call drop constraint broken');
    await ingest.admin.query(
      `update ingest.forgotten_user set forgotten_at = forgotten_at - interval '6 minutes' where sealed_user is not null`,
    );
    while ((await callsOf('gil')) > 0) await delay(50);
    while ((await ingest.count('ingest.forgotten_user where sealed_user is not null')) > 0) await delay(50);
  });

  it('leaves the calls that start after it was asked for', async () => {
    const later = Date.now() + 60_000;
    jaeger.set({ spans: [...of('future', 'one'), ...of('future', 'two', later)] });
    await ingest.extract(source, START, later + HOUR);
    expect(await deleted('future')).toBe(1);
    expect(await callsOf('future')).toBe(1);
  });

  it('is logged in one line, without the user', async () => {
    await ingest.stop();
    ingest.set({ logLevel: 'log' });
    const lines: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      await ingest.start();
      await read(of('lou', 'logged'));
      lines.length = 0;
      await deleted('lou');
      expect(lines.filter((line) => line.includes('deleteUserData removed 1 calls'))).toHaveLength(1);
      expect(lines.join('')).not.toContain('lou');
    } finally {
      write.mockRestore();
    }
  });
});
