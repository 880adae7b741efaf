import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase } from '@signalbox/testkit';
import { ingestDatabase } from '../index.js';
import { START, tracesOf } from '../testing/calls.js';
import { FakeJaeger } from '../testing/fake-jaeger.js';
import { RunningIngest } from '../testing/running-ingest.js';

jest.setTimeout(60_000);
const AWS_ROLE_ALLOW = 's3://traces/litellm, logs:aws/spans';

interface Page {
  edges: { node: { id: string; source: { id: string } } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

describe('trace sources', () => {
  let ingest: RunningIngest;
  let jaeger: FakeJaeger;
  beforeAll(async () => {
    ingest = await RunningIngest.on(await freshDatabase([ingestDatabase]), { awsRoleAllow: AWS_ROLE_ALLOW });
    await ingest.start();
    jaeger = await FakeJaeger.start({ api: 'v3', spans: tracesOf(1, 0) });
  });
  afterAll(async () => {
    await jaeger.stop();
    await ingest.end();
  });

  const create = (input: Record<string, unknown>) =>
    ingest.graph<{ createTraceSource: { id: string } }>(
      'mutation ($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id name kind endpoint watermark } }',
      {
        input: { kind: 'JAEGER', endpoint: jaeger.url, ...input },
      },
    );

  it('sends credentials to the backend and never shows them again', async () => {
    const secret = 'kept-to-ourselves';
    const input = {
      name: 'secret',
      credentials: { token: secret },
      headers: { 'x-extra': 'also secret' },
      tenant: 'blue',
    };
    const id = await ingest.createSource({ endpoint: jaeger.url, ...input });
    await ingest.extract(id, START, START + 1_000);
    expect(jaeger.headers.at(-1)).toMatchObject({
      authorization: `Bearer ${secret}`,
      'x-extra': 'also secret',
      'x-tenant': 'blue',
    });
    const { rows } = await ingest.admin.query('select * from ingest.trace_source');
    expect(JSON.stringify(rows)).not.toMatch(/kept-to-ourselves|also secret/);
    const refused = await create({ name: 'other', credentials: { password: secret } });
    expect(refused.errors?.[0]?.extensions.code).toBe('INVALID_INPUT');
    expect(JSON.stringify(refused)).not.toContain(secret);
  });

  it('gives the same source for the same name and settings, and CONFLICT for others', async () => {
    const input = { name: 'twice', serviceName: 'gateway', credentials: { username: 'u', password: 'p' } };
    const [first, second] = [await create(input), await create(input)];
    expect(first.data.createTraceSource).toMatchObject({
      name: 'twice',
      kind: 'JAEGER',
      endpoint: jaeger.url,
      watermark: null,
    });
    expect(second.data).toEqual(first.data);
    const changed = await create({ ...input, credentials: { username: 'u', password: 'other' } });
    expect(changed.errors?.[0]?.extensions.code).toBe('CONFLICT');
    const parallel = await Promise.all(
      Array.from({ length: 20 }, () => create({ name: 'at once', idempotencyKey: 'k' })),
    );
    expect(new Set(parallel.map(({ data }) => data.createTraceSource.id)).size).toBe(1);
    const reused = await create({ name: 'third', idempotencyKey: 'k' });
    expect(reused.errors?.[0]?.extensions.code).toBe('IDEMPOTENCY_CONFLICT');
    expect(await ingest.count(`ingest.trace_source where name = 'third'`)).toBe(0);
  });

  it.each([
    [{ kind: 'XRAY', endpoint: null }, /region: a XRAY source needs it/],
    [{ kind: 'XRAY', endpoint: null, region: 'x.example.com/' }, /region: expected a region of AWS/],
    [{ kind: 'XRAY', region: 'eu-central-1' }, /credentials: those of the process are used for hosts of AWS alone/],
    [{ kind: 'XRAY', region: 'eu-central-1', credentials: { token: 'x' } }, /credentials: AWS takes/],
    [{ kind: 'XRAY', endpoint: null, region: 'eu-central-1', headers: { a: 'b' } }, /headers/],
    [{ kind: 'XRAY', endpoint: null, region: 'eu-central-1', path: 'aws/spans,,' }, /path: expected names or ARNs/],
    [{ kind: 'FILE', endpoint: null }, /path: a FILE source needs it/],
    [{ kind: 'FILE', endpoint: null, path: 'march', region: 'eu-central-1' }, /region: has no meaning for files/],
    [{ kind: 'FILE', endpoint: null, path: 's3://traces/march' }, /region: expected a region of AWS/],
    [{ kind: 'FILE', endpoint: null, path: 's3:///march', region: 'eu-central-1' }, /path: expected s3:/],
    [
      { kind: 'FILE', path: 's3://traces/a', region: 'eu-central-1' },
      /credentials: those of the process are used for hosts of AWS/,
    ],
    [{ kind: 'TEMPO', region: 'x' }, /region: has no meaning/],
    [{ endpoint: null }, /endpoint: a JAEGER source needs it/],
    [{ region: 'eu-central-1' }, /region: has no meaning for a JAEGER source/],
    [{ endpoint: 'not a url' }, /base URL/],
    [{ endpoint: 'file:///etc/passwd' }, /http/],
    [{ endpoint: 'http://user:pass@jaeger:1' }, /credentials/],
    [{ schedule: 'never' }, /schedule/],
    [{ headers: { 'bad name': 'x' } }, /headers/],
    [{ name: '' }, /name/],
  ])('refuses %j', async (change, message) => {
    const { errors } = await create({ name: 'refused', ...change });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'INVALID_INPUT' },
      message: expect.stringMatching(message),
    });
  });

  it.each([
    [{ kind: 'FILE', path: 's3://routers/' }, /s3:\/\/routers\/: may not be read/, /AWS_ROLE_ALLOW/],
    [{ kind: 'FILE', path: 's3://routers' }, /s3:\/\/routers\/: may not be read/, /AWS_ROLE_ALLOW/],
    [{ kind: 'FILE', path: 's3://traces/litellm-other/' }, /litellm-other/, /AWS_ROLE_ALLOW/],
    [{ kind: 'FILE', path: 's3://traces/litellm/../other/' }, /may not be read/, /AWS_ROLE_ALLOW/],
    [{ kind: 'FILE', path: 's3://traces/litellm' }, /s3:\/\/traces\/litellm: may not/, /End path with a slash/],
    [{ kind: 'XRAY' }, /^xray: may not be read/, /AWS_ROLE_ALLOW/],
    [{ kind: 'XRAY', path: 'aws/spans,/secret' }, /^logs:\/secret: may not be read/, /AWS_ROLE_ALLOW/],
  ])('refuses to read with the AWS role what the operator does not list: %j', async (change, message, nextStep) => {
    const { errors } = await create({ name: 'role', endpoint: null, region: 'eu-central-1', ...change });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'AWS_ROLE_REFUSED', nextStep: expect.stringMatching(nextStep) },
      message: expect.stringMatching(message),
    });
    expect(await ingest.count(`ingest.trace_source where name = 'role'`)).toBe(0);
  });

  it('reads what the operator lists with the AWS role, for as long as it is listed, and anything with credentials', async () => {
    const aws = { kind: 'FILE', endpoint: null, region: 'eu-central-1' };
    const listed = await create({ ...aws, name: 'listed', path: 's3://traces/litellm/2026/' });
    const credentials = { username: 'AKIDEXAMPLE', password: 'secret' };
    const own = await create({ ...aws, name: 'own', path: 's3://elsewhere/', credentials });
    expect([listed.errors, own.errors]).toEqual([undefined, undefined]);
    await ingest.stop();
    ingest.set({ awsRoleAllow: 's3://traces/litellm-other' });
    await ingest.start();
    const read = await ingest.extract(listed.data.createTraceSource.id, START, START + 1_000);
    ingest.set({ awsRoleAllow: AWS_ROLE_ALLOW });
    await ingest.stop();
    await ingest.start();
    expect(read).toMatchObject({
      status: 'FAILED',
      problem: { code: 'AWS_ROLE_REFUSED', nextStep: expect.stringContaining('AWS_ROLE_ALLOW') },
    });
  });

  it('lists the extractions of a source, newest first, page by page', async () => {
    const id = await ingest.createSource({ name: 'paged', endpoint: jaeger.url });
    const made: string[] = [];
    for (let day = 0; day < 3; day += 1) made.push(await ingest.requestExtraction(id, START + day, START + day + 1));
    await Promise.all(made.map((each) => ingest.ended(each)));
    const page = async (after: string | null): Promise<Page> => {
      const answer = await ingest.graph<{ traceSources: { id: string; extractions: Page }[] }>(
        'query ($after: String) { traceSources { id extractions(first: 2, after: $after) { edges { node { id source { id } } } pageInfo { hasNextPage endCursor } } } }',
        { after },
      );
      const source = answer.data.traceSources.find((each) => each.id === id);
      if (!source) throw new Error('the source is not listed');
      return source.extractions;
    };
    const first = await page(null);
    const second = await page(first.pageInfo.endCursor);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    const ids = [...first.edges, ...second.edges].map(({ node }) => node.id);
    expect(ids).toEqual(made.reverse());
    expect(first.edges[0]?.node.source.id).toBe(id);
  });
});
