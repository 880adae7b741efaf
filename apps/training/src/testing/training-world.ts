import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, type Provisioned } from '@signalbox/database';
import { startService, type RunningService } from '@signalbox/platform';
import { expect } from '@jest/globals';
import { z } from 'zod';
import { trainingService } from '../index.js';
import { CALLS, deployConstant, fill } from './published-rows.js';

/** What testkit's `freshDatabase` gives. */
export interface TestDatabase {
  adminUrl: string;
  urls: Provisioned['urls'];
  drop(): Promise<void>;
}

export interface World {
  database: TestDatabase;
  admin: Awaited<ReturnType<typeof connect>>;
  objects: string;
  service: RunningService;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The service on a database that was provisioned for it and its neighbours, with what those publish. */
export async function openWorld(database: TestDatabase, labelled = CALLS): Promise<World> {
  const admin = await connect(database.adminUrl, 'spec');
  const objects = mkdtempSync(path.join(tmpdir(), 'signalbox-training-'));
  const start = () =>
    startService(trainingService, {
      ...{
        databaseUrl: database.urls.training,
        queueUrl: database.urls.queue,
        objectStoreUrl: pathToFileURL(objects).href,
      },
      ...{
        outboundAllow: '',
        traceFiles: '',
        labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
        awsRoleAllow: '',
        embedder: { provider: 'use-lite' },
        secretKey: '0'.repeat(64),
        host: '127.0.0.1',
        port: 0,
        role: 'all',
        logLevel: 'error',
      },
    });
  await fill(admin, labelled);
  await deployConstant(admin, objects);
  let running: RunningService | null = await start();
  const world: World = {
    ...{ database, admin, objects, service: running },
    async start() {
      running = await start();
      world.service = running;
    },
    async stop() {
      await running?.close();
      running = null;
    },
    async close() {
      await world.stop();
      await admin.end();
      await database.drop();
      await rm(objects, { recursive: true, force: true });
    },
  };
  return world;
}

export const problem = z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullish() }).nullable();
const answered = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).default([]),
});
export const started = z.looseObject({ id: z.string() });
export const retrain = z.looseObject({
  id: z.string(),
  status: z.string(),
  attempt: z.number(),
  problem,
  stages: z.array(
    z.looseObject({
      stage: z.string(),
      status: z.string(),
      progress: z.looseObject({ done: z.number() }).nullable(),
      output: z.record(z.string(), z.unknown()).nullable(),
      waitingFor: z.string().nullable(),
    }),
  ),
});

export async function ask(
  world: World,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<z.infer<typeof answered>> {
  const answer = await fetch(world.service.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return answered.parse(await answer.json());
}

/** The one field that was asked for. */
export async function field<T>(
  world: World,
  query: string,
  shape: z.ZodType<T>,
  variables?: Record<string, unknown>,
): Promise<T> {
  const { data, errors } = await ask(world, query, variables);
  expect(errors).toEqual([]);
  return shape.parse(Object.values(data ?? {})[0]);
}

export const codeOf = async (
  world: World,
  query: string,
  variables: Record<string, unknown>,
): Promise<string | undefined> => (await ask(world, query, variables)).errors[0]?.extensions.code;

const UNFINISHED = ['QUEUED', 'RUNNING'];
export async function follow<T extends { status: string }>(
  world: World,
  query: string,
  shape: z.ZodType<T>,
  look: (state: T) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  for (;;) {
    const state = await field(world, query, shape);
    await look(state);
    if (!UNFINISHED.includes(state.status)) return state;
  }
}

export const TRIGGER = `mutation($input: TriggerRetrainInput!) { triggerRetrain(input: $input) { id status } }`;
export const retrainQuery = (id: string): string => `{ retrain(id: "${id}") {
  id status attempt reason requestedBy router { name } version { id } problem { code message nextStep }
  stages { stage status progress { done } startedAt finishedAt output problem { code message nextStep } waitingFor } } }`;
