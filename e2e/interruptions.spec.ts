import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@signalbox/database';
import type pg from 'pg';
import { connectTo } from './held-stages.js';
import { newDataFolder, quickstart, removeFolder, type Program } from './quickstart.process.js';

/** On a machine that is busy with much else. */
const A_RUN = 300_000;
const LOOK_MS = 20;
/** What is written at these moments. */
const UP = 'up: GraphQL at';
const EXTRACTED = 'thumbs submitted';

describe('quickstart that is interrupted', () => {
  let folder: string;
  let program: Program;

  beforeEach(async () => {
    folder = await newDataFolder();
    program = quickstart(folder);
  });
  afterEach(async () => {
    program.killGroup();
    await program.end();
    await stopEmbeddedPostgres(join(folder, 'postgres'));
    await removeFolder(folder);
  }, A_RUN);

  const inDatabase = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await connectTo(folder);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const extractions = () =>
    inDatabase(async (client) => {
      const { rows } = await client.query<{ status: string }>('select status from ingest.extraction order by id');
      return rows.map(({ status }) => status);
    });

  /** In the middle of making PostgreSQL's files, which is done beside their place. */
  const initdb = async () => {
    const control = join(folder, 'postgres', 'cluster.unfinished', 'global', 'pg_control');
    while (!existsSync(control)) await delay(1);
  };
  const written = (text: string) => () => program.until(text);

  it.each([
    { signal: 'SIGTERM', moment: 'the first line', reached: written('starting PostgreSQL') },
    { signal: 'SIGINT', moment: 'initdb', reached: initdb },
    { signal: 'SIGTERM', moment: 'the start of the loop', reached: written(UP) },
    { signal: 'SIGINT', moment: 'a stage of the retrain', reached: written('extract   done') },
  ])(
    'by $signal at $moment ends, and leaves no PostgreSQL',
    async ({ signal, reached }) => {
      await reached();
      if (signal === 'SIGINT') program.interrupt();
      else program.stop();
      const { code, stdout, stderr } = await program.end();
      expect(stderr).not.toMatch(/^\s+at |: .*\n +Next: /m);
      expect({ code, report: stdout }).toEqual({ code: 0, report: '' });
      const dataDir = join(folder, 'postgres');
      const { adopted } = await startEmbeddedPostgres({ dataDir, logFile: join(folder, 'postgres.log') });
      expect(adopted).toBe(false);
    },
    A_RUN,
  );

  it(
    'by kill -9 goes on with its extraction, and makes another one when that has failed for good',
    async () => {
      await program.until(UP);
      await inDatabase(async (client) => {
        // No call can be stored, so that the extraction is under way until the kill.
        await client.query('begin; lock table ingest.llm_call in share mode');
        while (!(await extractions()).includes('RUNNING')) await delay(LOOK_MS);
        program.killGroup();
        await program.end();
      });
      expect(await extractions()).toEqual(['RUNNING']);

      program = quickstart(folder);
      await program.until(EXTRACTED);
      expect(await extractions()).toEqual(['SUCCEEDED']);
      program.killGroup();
      await program.end();

      await inDatabase((client) => client.query(`update ingest.extraction set status = 'FAILED'`));
      program = quickstart(folder);
      await program.until(EXTRACTED);
      expect(await extractions()).toEqual(['FAILED', 'SUCCEEDED']);
    },
    A_RUN,
  );
});
