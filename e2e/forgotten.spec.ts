import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wordsInDatabase } from '@signalbox/testkit';
import type pg from 'pg';
import { z } from 'zod';
import { connectTo } from './held-stages.js';
import { newDataFolder, Program, removeFolder } from './quickstart.process.js';
import { current, SmallLoop, smallTraffic, type SmallTraffic } from './small-loop.js';

const MINUTES = 60_000;
const LOOK_MS = 250;
/** Every service looks each three seconds for what to erase. */
const PATIENCE_MS = 60_000;
const USERS_NEEDED = 4;

interface User {
  id: string;
  /** Their id, and what they alone said. */
  words: string[];
}

/** Users with calls that were replayed, and what they alone asked in them; the id of none is part of another's. */
const USERS = `
  with replayed as (
    select user_id, query from ingest.llm_call where length(user_id) = 8 and id in (
      select call_id from labeling.replay_cell where label_outcome = 'LABELLED')
  ), prompt as (
    select distinct user_id, line from replayed, regexp_split_to_table(query, E'\\n') line
    where line ~ '^[A-Za-z0-9 ,.:?-]{40,}$' and not exists (
      select from ingest.llm_call other where other.user_id is distinct from replayed.user_id
        and strpos(lower(concat(other.messages, other.response)), lower(line)) > 0)
  )
  select user_id as id, array_agg(line) as words from prompt group by user_id order by count(*) desc, user_id`;

/** Of all that is about the calls of others, by digest. */
const OF_OTHERS = `
  with others as (select * from ingest.llm_call where user_id is distinct from $1)
  select (select md5(string_agg(o::text, ' ' order by id)) from others o) as calls,
    (select md5(string_agg(l::text, ' ' order by l.id)) from labeling.label l where call_id in (select id from others)
      and user_id <> $1) as labels,
    (select md5(string_agg(c::text, ' ' order by c.id)) from labeling.replay_cell c where call_id in (select id from others)) as cells,
    (select md5(string_agg(concat(space, text_hash, md5(vector)), ' ' order by text_hash)) from embedding.vector
      where text_hash in (select encode(sha256(convert_to(query, 'UTF8')), 'hex') from others where query is not null)) as vectors`;

/** The models of the sample quote nobody; here candidates and judge have done so. */
const QUOTING = `
  with cell as (
    update labeling.replay_cell set response = 'you said: ' || $2::text
    where call_id in (select id from ingest.llm_call where user_id = $1) returning id
  )
  update labeling.verdict set rationale = 'they said: ' || $2::text where key in (select verdict_key from labeling.label
    where replay_cell_id in (select id from cell) or call_id in (select id from ingest.llm_call where user_id = $1))`;
const QUOTED = [
  'labeling.label.rationale',
  'labeling.replay_cell.response',
  'labeling.verdict.rationale',
  'dataset.jsonl',
];

describe('deleteUserData, of a user whose calls went through the whole loop', () => {
  let traffic: SmallTraffic;
  let folder: string;
  let program: Program;
  let database: pg.Client;
  let loop: SmallLoop;
  let users: User[];

  beforeAll(async () => {
    traffic = await smallTraffic();
    folder = await newDataFolder();
    program = new Program(['start'], { SIGNALBOX_DATA: folder, PORT: '0', LOG_LEVEL: 'log' });
    const url = /GraphQL: (\S+)/.exec(await program.until('Signalbox is up'))?.[1] ?? '';
    database = await connectTo(folder);
    loop = new SmallLoop(url, traffic);
    await loop.prepare();
    expect((await loop.follow(await loop.trigger())).status).toBe('SUCCEEDED');
    await loop.byHand();
    users = [];
    for (const { id, words } of (await database.query<User>(USERS)).rows) {
      const found = { id, words: [id, ...words] };
      if (users.length < USERS_NEEDED && (await inObjects(words)).length > 0) users.push(found);
    }
  }, 5 * MINUTES);
  afterAll(async () => {
    await database.end();
    program.stop();
    await program.end();
    await removeFolder(folder);
    await traffic.close();
  }, MINUTES);

  /** Looked through again when a folder goes while it is. */
  const objects = async (): Promise<Dirent[]> => {
    for (;;) {
      try {
        return await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  };
  const inObjects = async (words: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const entry of (await objects()).filter((each) => each.isFile())) {
      const text = (await readFile(join(entry.parentPath, entry.name), 'utf8').catch(() => '')).toLowerCase();
      if (words.some((word) => text.includes(word.toLowerCase()))) found.push(entry.name);
    }
    return [...new Set(found)];
  };
  const where = async ({ words }: User) => [...(await wordsInDatabase(database, words)), ...(await inObjects(words))];
  const nowhere = async (user: User) => {
    const deadline = Date.now() + PATIENCE_MS;
    while ((await where(user)).length > 0 && Date.now() < deadline) await delay(LOOK_MS);
    return where(user);
  };
  const deleted = async ({ id }: User) => {
    const shape = z.object({ deleteUserData: z.number() });
    return (await loop.ask('mutation($id: String!) { deleteUserData(userId: $id) }', { id }, shape)).deleteUserData;
  };
  const user = (n: number): User => {
    const found = users[n];
    if (!found) throw new Error(`the traffic has ${users.length} such users`);
    return found;
  };

  it(
    'leaves nothing of their words in any table or object, also when the source is read again, and all of others as it is',
    async () => {
      const gone = user(0);
      const { rows: foreign } = await database.query<{ id: string }>(
        `select id from ingest.llm_call where user_id <> $1 and response is not null limit 1`,
        [gone.id],
      );
      const comment = 'what only this user would say of it';
      await loop.ask(
        'mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { id } }',
        { input: { callId: foreign[0]?.id, score: 0, comment, userId: gone.id } },
        z.unknown(),
      );
      gone.words.push(comment);
      await database.query(QUOTING, [gone.id, comment]);
      const before = await where(gone);
      const partition = /^ingest\.llm_call_\d{4}_\d\d\.query$/;
      expect(before).toEqual(expect.arrayContaining([expect.stringMatching(partition), 'labeling.feedback.comment']));
      expect(before).toEqual(expect.arrayContaining(QUOTED));
      const others = (await database.query(OF_OTHERS, [gone.id])).rows;

      const calls = await deleted(gone);
      expect(calls).toBeGreaterThan(1);
      expect(await nowhere(gone)).toEqual([]);
      expect((await database.query(OF_OTHERS, [gone.id])).rows).toEqual(others);

      await loop.until('extraction', await loop.extract('again'));
      const { rows } = await database.query<{ skipped: Record<string, number>; calls_stored: number }>(
        'select skipped, calls_stored from ingest.extraction order by id desc limit 1',
      );
      expect(rows).toEqual([{ skipped: expect.objectContaining({ forgotten: calls }), calls_stored: 0 }]);
      expect([await where(gone), await deleted(gone)]).toEqual([[], 0]);
      const log = program.said;
      expect(log).toContain('deleteUserData removed');
      expect(log).not.toContain(gone.id);
    },
    3 * MINUTES,
  );

  it.each(['label', 'replay', 'dataset'] as const)(
    'while a retrain is at its stage %s lets it go on to its end, and nothing comes back by it',
    async (stage) => {
      const gone = user(1 + ['label', 'replay', 'dataset'].indexOf(stage));
      expect(await where(gone)).toContain('dataset.jsonl');
      const id = await loop.trigger(`with ${stage}`);
      await loop.follow(id, (state) => current(state) === stage);
      expect(await deleted(gone)).toBeGreaterThan(0);
      expect(await loop.follow(id)).toMatchObject({ status: 'SUCCEEDED', problem: null });
      // Datasets are looked through every five minutes; the test does not wait for that.
      await database.query('update training.dataset set looked_at = null');
      expect(await nowhere(gone)).toEqual([]);
    },
    3 * MINUTES,
  );
});
