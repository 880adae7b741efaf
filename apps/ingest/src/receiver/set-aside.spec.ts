import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { seal } from '@signalbox/platform';
import { freshDatabase } from '@signalbox/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestDatabase } from '../index.js';
import { START, traceOf, tracesOf } from '../testing/calls.js';
import { otlpResourceSpans, type FakeSpan } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(120_000);
const DEEP = 200_000;
const OTHER_KEY = 'cd'.repeat(32);
const [POISON] = traceOf('poison', START + 5, { attributes: { 'session.id': 'poison' } });
const SIBLINGS = tracesOf(6, 1_000, 'sibling');

describe('a received trace that cannot be read', () => {
  let ingest: RunningIngest;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]));
    await ingest.start();
    await ingest.createSource({ name: 'gateway', kind: 'OTLP' });
  });
  afterEach(() => ingest.admin.query('truncate ingest.llm_call, ingest.received_part, ingest.extraction cascade'));
  afterAll(() => ingest.end());

  const post = async (spans: FakeSpan[]) => {
    const response = await fetch(new URL('/v1/traces', ingest.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: otlpResourceSpans(spans) }),
    });
    expect(response.status).toBe(200);
  };
  const poison = (): FakeSpan => {
    if (!POISON) throw new Error('no span');
    return POISON;
  };
  const keep = (id: string, column: 'spans' | 'records', text: string) =>
    ingest.admin.query(`update ingest.received_part set ${column} = $2 where trace_id = $1`, [id, text]);
  const sealed = (text: string) => seal(text, ingest.environment('all').secretKey);
  const becomeQuiet = () =>
    ingest.admin.query(
      `update ingest.received_part set received_at = received_at - interval '1 minute' where assembled_at is null`,
    );
  const waiting = () => ingest.count('ingest.received_part where assembled_at is null');
  const allDealtWith = async () => {
    await becomeQuiet();
    while ((await waiting()) > 0) await delay(50);
  };
  const asideWhy = async () =>
    (
      await ingest.admin.query<{ why: string }>(
        'select set_aside as why from ingest.received_part where set_aside is not null',
      )
    ).rows.map(({ why }) => why);

  it('holds up no other one, whatever is wrong with it', async () => {
    const column = traceOf('poison', START + 5, { attributes: { 'session.id': 'poison' } });
    const spoilt = {
      'no sealed text': { code: 'FORMAT_BROKEN', spoil: (id: string) => keep(id, 'spans', 'none') },
      'another key': { code: 'ENVIRONMENT_INVALID', spoil: (id: string) => keep(id, 'spans', seal('[]', OTHER_KEY)) },
      'no JSON': { code: 'FORMAT_BROKEN', spoil: (id: string) => keep(id, 'spans', sealed('[{')) },
      'another form': { code: 'FORMAT_BROKEN', spoil: (id: string) => keep(id, 'spans', sealed('[{"traceId": 1}]')) },
      'records too deep to be joined': {
        code: 'RangeError',
        spoil: (id: string) => keep(id, 'records', deepRecord(id)),
      },
    };
    const traces = Object.keys(spoilt).map((name) => traceOf(name, START));
    await post([...SIBLINGS, ...column, ...traces.flat()]);
    const whys = new Map([[column[0]?.traceId, '23514']]);
    await refusePoison(true);
    for (const [index, { code, spoil }] of Object.values(spoilt).entries()) {
      const id = traces[index]?.[0]?.traceId ?? '';
      await spoil(id);
      whys.set(id, code);
    }
    await allDealtWith();
    await refusePoison(false);
    expect(await ingest.count('ingest.llm_call')).toBe(6);
    const { rows } = await ingest.admin.query<{ id: string; why: string }>(
      'select trace_id as id, set_aside as why from ingest.received_part where set_aside is not null',
    );
    expect(new Map(rows.map(({ id, why }) => [id, why]))).toEqual(whys);
    // Four that cannot be opened count as one span each, the two others by what they hold.
    const { rows: counts } = await ingest.admin.query('select spans_read, skipped from ingest.extraction');
    expect(counts).toEqual([{ spans_read: SIBLINGS.length + 8, skipped: { not_llm: 6, set_aside: 8 } }]);
  });

  it('is read again, whole, when more of it comes, and not before', async () => {
    await post([poison()]);
    await refusePoison(true);
    await allDealtWith();
    await refusePoison(false);
    await post(SIBLINGS);
    await allDealtWith();
    expect([await ingest.count('ingest.llm_call'), await asideWhy()]).toEqual([6, ['23514']]);
    await post(traceOf('poison', START + 5).slice(1));
    await allDealtWith();
    expect([await ingest.count('ingest.llm_call'), await asideWhy()]).toEqual([7, []]);
  });

  it('is kept for a week, while what was read is kept for an hour, and makes its day incomplete', async () => {
    await post([...SIBLINGS, poison()]);
    await keep(poison().traceId, 'spans', 'none');
    await allDealtWith();
    await ingest.admin.query(
      `update ingest.extraction set from_time = from_time - interval '2 days', to_time = to_time - interval '2 days'`,
    );
    await ingest.admin.query(`update ingest.received_part set assembled_at = now() - interval '6 days'`);
    while ((await ingest.count('ingest.received_part')) > 1) await delay(50);
    expect(await asideWhy()).toEqual(['FORMAT_BROKEN']);
    await ingest.admin.query(`update ingest.received_part set assembled_at = now() - interval '8 days'`);
    while ((await ingest.count('ingest.received_part')) > 0) await delay(50);
    const { rows } = await ingest.admin.query('select status, complete, problem from ingest.extraction');
    expect(rows).toMatchObject([{ status: 'SUCCEEDED', complete: false, problem: { code: 'FORMAT_BROKEN' } }]);
  });

  it('is not what a database that refuses everything makes of all', async () => {
    await ingest.admin.query('alter table ingest.llm_call rename to llm_call_away');
    await post(SIBLINGS);
    await becomeQuiet();
    while ((await ingest.count(`ingest.dead_letter where job = 'assemble-received'`)) === 0) await delay(50);
    expect([await waiting(), await asideWhy()]).toEqual([6, []]);
    await ingest.admin.query('alter table ingest.llm_call_away rename to llm_call');
    await allDealtWith();
    expect([await ingest.count('ingest.llm_call'), await asideWhy()]).toEqual([6, []]);
  });

  it('leaves a quiet trace to be found, however many older ones never rest', async () => {
    await ingest.admin.query(
      `insert into ingest.received_part (id, source_id, trace_id, received_at)
       select gen_random_uuid(), source.id, 'restless ' || n, now() + part.at
       from ingest.trace_source source, generate_series(1, 250) n,
         (values (interval '-2 minutes'), (interval '1 hour')) part (at)`,
    );
    await post(SIBLINGS);
    await ingest.admin.query(
      `update ingest.received_part set received_at = now() - interval '1 minute' where spans is not null`,
    );
    while ((await ingest.count('ingest.llm_call')) < 6) await delay(50);
    expect(await waiting()).toBe(500);
  });

  /** As a column that a later release makes narrower would. */
  const refusePoison = (refused: boolean) =>
    ingest.admin.query(
      `alter table ingest.llm_call drop constraint if exists no_poison; ${
        refused ? `alter table ingest.llm_call add constraint no_poison check (session_id <> 'poison')` : ''
      }`,
    );
  const deepRecord = (traceId: string) => {
    const { spanId } = traceOf('records too deep to be joined', START)[0] ?? {};
    const record = {
      traceId,
      spanId,
      name: 'deep',
      timeUnixNano: '1',
      attributes: {},
      body: 0,
      resourceAttributes: {},
    };
    const body = '['.repeat(DEEP) + ']'.repeat(DEEP);
    return sealed(JSON.stringify([{ ...record, scopeName: null }]).replace('"body":0', `"body":${body}`));
  };
});
