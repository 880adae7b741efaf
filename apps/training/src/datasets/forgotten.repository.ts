import { Injectable } from '@nestjs/common';
import { isMissingView } from '@signalbox/database';
import type { JobContext } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { lockFile } from './datasets.repository.js';

/** A dataset is looked through so often at the most, however often something is forgotten. */
const LOOK_EVERY = `interval '5 minutes'`;
const ENDED = `status in ('SUCCEEDED', 'FAILED', 'CANCELLED')`;

/** A dataset whose file may hold rows of calls that were forgotten. */
export interface DueDataset {
  id: string;
  storedHash: string | null;
  /** Hashes of every file that was written for it. */
  files: string[];
  /** Up to which ingest has forgotten. */
  ordinal: string;
}

@Injectable()
export class ForgottenRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** None while ingest is not there. */
  async due(limit: number): Promise<DueDataset[]> {
    try {
      return await this.dataSource.query<DueDataset[]>(
        `select d.id, d.stored_hash as "storedHash", d.files, last.ordinal from training.dataset d
         cross join (select max(ordinal) as ordinal from ingest.forgotten_call_v1) last
         where d.${ENDED} and d.files <> '{}' and d.forgotten_to < last.ordinal
           and (d.looked_at is null or d.looked_at < now() - ${LOOK_EVERY})
         order by d.id limit $1`,
        [limit],
      );
    } catch (error) {
      if (isMissingView(error)) return [];
      throw error;
    }
  }

  async among(ids: readonly string[]): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      'select call_id as id from ingest.forgotten_call_v1 where call_id = any($1::uuid[])',
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async replaceFile(id: string, hash: string, rows: number, fence: JobContext['fence']): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      await manager.query(
        'update training.dataset set stored_hash = $2, forgotten_prompts = forgotten_prompts + $3 where id = $1',
        [id, hash, rows],
      );
    });
  }

  /** Removes those of these files that no dataset has and none is about to have; a dataset that wants one now waits, and writes it. */
  async removeUnused(files: readonly string[], remove: (hash: string) => Promise<void>): Promise<void> {
    for (const hash of files) {
      await this.dataSource.transaction(async (manager) => {
        await lockFile(manager, hash);
        const used = await manager.query<unknown[]>(
          `select from training.dataset d where d.stored_hash = $1 or $1 = any(d.files) and not d.${ENDED} limit 1`,
          [hash],
        );
        if (used.length === 0) await remove(hash);
      });
    }
  }

  async putOff(id: string): Promise<void> {
    await this.dataSource.query('update training.dataset set looked_at = now() where id = $1', [id]);
  }

  async lookedThrough(id: string, ordinal: string): Promise<void> {
    await this.dataSource.query(
      `update training.dataset set forgotten_to = $2, looked_at = now(),
         files = case when stored_hash is null then '{}' else array[stored_hash] end where id = $1 and ${ENDED}`,
      [id, ordinal],
    );
  }
}
