import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { STAGES, type StageName } from '@signalbox/contracts';
import pg from 'pg';

/** An administrator's connection to the PostgreSQL that a program runs on its data folder. */
export async function connectTo(folder: string): Promise<pg.Client> {
  const postgres = join(folder, 'postgres');
  const password = (await readFile(join(postgres, 'password'), 'utf8')).trim();
  const port = (await readFile(join(postgres, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[3] ?? '';
  const client = new pg.Client(`postgres://signalbox:${password}@127.0.0.1:${port}/signalbox`);
  await client.connect();
  return client;
}

/**
 * Keeps every stage of a retrain from ending until it is let: the statement that would say so waits for a lock that this holds. So
 * even a stage of some milliseconds is under way for as long as a test needs to kill it. PostgreSQL outlives the kill.
 */
export class HeldStages {
  private constructor(private readonly client: pg.Client) {}

  /** In the database of a standalone server that runs on the folder. */
  static async in(folder: string): Promise<HeldStages> {
    const client = await connectTo(folder);
    await client.query(
      `create function training.held_stage() returns trigger language plpgsql as $$
         begin perform pg_advisory_xact_lock_shared(hashtext(new.stage)); return new; end $$;
       create trigger held_stage before update on training.retrain_stage for each row
         when (new.status = 'SUCCEEDED') execute function training.held_stage()`,
    );
    for (const { name } of STAGES) await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    return new HeldStages(client);
  }

  async letEnd(stage: StageName): Promise<void> {
    await this.client.query('select pg_advisory_unlock(hashtext($1))', [stage]);
  }

  /** Before its server is stopped. */
  close(): Promise<void> {
    return this.client.end();
  }
}
