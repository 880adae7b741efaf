import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSampleServers } from '@signalbox/sample-traffic';
import { freshDatabase } from '@signalbox/testkit';
import { z } from 'zod';
import { startStandalone, type RunningStandalone } from './start-standalone.js';

const node = z.object({ query: z.string().nullable(), labels: z.array(z.unknown()).nullable() });
const answer = z.object({
  data: z
    .object({
      llmCalls: z.object({ edges: z.array(z.object({ node })) }),
      createTraceSource: z.object({ id: z.string() }),
      extractTraces: z.object({ id: z.string() }),
      extraction: z.object({ status: z.string() }),
    })
    .partial()
    .nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: z.record(z.string(), z.unknown()) })).optional(),
});
type Answer = z.infer<typeof answer>;

const CALLS = '{ llmCalls(first: 5) { edges { node { query labels { score kind } } } } }';

describe('all services in one process', () => {
  let running: RunningStandalone;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let sample: Awaited<ReturnType<typeof startSampleServers>>;
  let folder: string;

  const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    const response = await fetch(running.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return answer.parse(await response.json());
  };
  const poll = async (query: string, done: (answer: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const answer = await ask(query);
      if (answer.errors || done(answer)) return answer;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-standalone-'));
    database = await freshDatabase();
    sample = await startSampleServers({ seed: 3, scenario: 'default', calls: 60, jaegerPort: 0, openaiPort: 0 });
    running = await startStandalone({
      port: 0,
      host: '127.0.0.1',
      dataFolder: folder,
      databaseUrl: database.adminUrl,
      outboundAllow: 'loopback',
      traceFiles: '',
      labelPolicy: {
        precedence: ['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK'],
        labelers: [],
        weights: {},
        allowUncalibrated: [],
      },
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' },
      logLevel: 'error',
    });
    const source = await ask('mutation($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }', {
      input: { name: 'sample', kind: 'JAEGER', endpoint: sample.jaegerUrl, serviceName: 'litellm' },
    });
    const started = await ask('mutation($input: ExtractTracesInput!) { extractTraces(input: $input) { id } }', {
      input: { sourceId: source.data?.createTraceSource?.id, from: sample.from, to: sample.to },
    });
    const id = started.data?.extractTraces?.id;
    await poll(`{ extraction(id: "${id}") { status } }`, (answer) => answer.data?.extraction?.status === 'SUCCEEDED');
  }, 60_000);

  afterAll(async () => {
    await running.close();
    await sample.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('answers one query from two services', async () => {
    const { data, errors } = await ask(CALLS);
    expect(errors).toBeUndefined();
    expect(data?.llmCalls?.edges).toHaveLength(5);
    for (const { node: call } of data?.llmCalls?.edges ?? []) expect(call.labels).toEqual([]);
  });

  it('gives an expected failure a code and the next step, and no stack', async () => {
    const { errors } = await ask('mutation { promote(router: "nobody", version: 1) { id } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', nextStep: expect.any(String) });
    expect(JSON.stringify(errors)).not.toContain('stack');
  });

  it('refuses a query that is none with INVALID_INPUT', async () => {
    const { errors } = await ask('{ noSuchField }');
    expect(errors?.[0]?.extensions['code']).toBe('INVALID_INPUT');
  });

  it.each([
    ['a NUL in a variable', 'query($n: String!) { router(name: $n) { name } }', { n: 'a\0b' }],
    ['half a surrogate pair in a literal', '{ router(name: "\\ud800") { name } }', {}],
    ['an infinite literal', '{ llmCalls(filter: { performanceBelow: -1e400 }) { edges { cursor } } }', {}],
    ['a moment that is none', '{ llmCalls(filter: { from: "yesterday" }) { edges { cursor } } }', {}],
    ['two operations and no name', 'query A { __typename } query B { __typename }', {}],
  ])('refuses %s with INVALID_INPUT', async (_, query, variables) => {
    const { errors } = await ask(query, variables);
    expect(errors?.[0]?.extensions['code']).toBe('INVALID_INPUT');
  });

  it.each(['{bad', 'null', '"text"'])('answers the body %s in JSON, without a stack', async (body) => {
    const response = await fetch(running.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(answer.parse(JSON.parse(text)).errors?.[0]?.extensions['code']).toBe('INVALID_INPUT');
    expect(text).not.toContain('node_modules');
  });

  it('answers the rest when labeling is stopped, and names labeling without its address', async () => {
    const address = running.services.labeling?.url ?? '';
    await running.services.labeling?.close();
    const { data, errors } = await ask(CALLS);
    expect(data?.llmCalls?.edges).toHaveLength(5);
    for (const { node: call } of data?.llmCalls?.edges ?? [])
      expect(call).toEqual({ query: expect.anything(), labels: null });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', service: 'labeling' });
    expect(errors?.[0]?.message).toContain('labeling');
    const text = JSON.stringify(errors);
    expect(text).not.toContain(new URL(address).port);
    expect(text).not.toContain('stack');
  });
});
