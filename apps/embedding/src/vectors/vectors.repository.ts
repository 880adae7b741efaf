import { dependencyFailure, Forgotten } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { ELIGIBLE_CALL } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';

/** As `textHash` of libs/embedders computes it. */
const TEXT_HASH = `encode(sha256(convert_to(c.query, 'UTF8')), 'hex')`;
/** Texts that hold white space alone have no vector. */
const WANTED = `
  select ${TEXT_HASH} as text_hash, c.id, c.query
  from (select * from ingest.call_v1 where ${ELIGIBLE_CALL}) c
  where c.query ~ '[^[:space:]]' and c.id in (
    select call_id from labeling.performance_v1 where performance is not null
    union all select call_id from labeling.replay_cell_v1
  )`;

const textRow = z.object({ text_hash: z.string(), call_id: z.string(), query: z.string() });
const vectorRow = z.object({ call_id: z.string(), vector: z.instanceof(Uint8Array) });

/** A text that a router can learn from, and a call that asks it. */
export interface WantedText {
  textHash: string;
  callId: string;
  text: string;
}

export interface StoredVector {
  textHash: string;
  callId: string;
  vector: Float32Array;
  /** Parts that the text was embedded in. */
  chunks: number;
}

@Injectable()
export class VectorsRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly forgotten: Forgotten,
  ) {}

  /** Distinct texts that are wanted, and how many of them have a vector in this space. */
  async count(space: string): Promise<{ texts: number; embedded: number }> {
    const [row] = await this.needing(() =>
      this.dataSource.query<{ texts: number; embedded: number }[]>(
        `select count(*)::int as texts, count(v.text_hash)::int as embedded
         from (select distinct text_hash from (${WANTED}) wanted) t
         left join embedding.vector v on v.space = $1 and v.text_hash = t.text_hash`,
        [space],
      ),
    );
    return row ?? { texts: 0, embedded: 0 };
  }

  /** Each wanted text without a vector, once, through a cursor. */
  async *missing(space: string): AsyncGenerator<WantedText> {
    const sql = `
      select distinct on (w.text_hash) w.text_hash, w.id as call_id, w.query from (${WANTED}) w
      where not exists (select from embedding.vector v where v.space = $1 and v.text_hash = w.text_hash)
      order by w.text_hash, w.id`;
    for await (const row of this.stream(sql, [space])) {
      const { text_hash: textHash, call_id: callId, query: text } = textRow.parse(row);
      yield { textHash, callId, text };
    }
  }

  /** But for those of calls that were forgotten while they were embedded. */
  async insert(space: string, embedded: readonly StoredVector[], fence: JobContext['fence']): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      const gone = await this.forgotten.among(
        manager,
        embedded.map(({ callId }) => callId),
      );
      const vectors = embedded.filter(({ callId }) => !gone.has(callId));
      await manager.query(
        `insert into embedding.vector (space, text_hash, dim, vector, chunks, call_id)
       select $1, text_hash, octet_length(vector) / 4, vector, chunks, call_id
       from unnest($2::text[], $3::bytea[], $4::int[], $5::uuid[]) as given(text_hash, vector, chunks, call_id)
       on conflict do nothing`,
        [
          space,
          vectors.map(({ textHash }) => textHash),
          vectors.map(({ vector }) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)),
          vectors.map(({ chunks }) => chunks),
          vectors.map(({ callId }) => callId),
        ],
      );
    });
  }

  /** A vector that named one of these calls names another one that asks its text; where there is none, it goes. */
  async forgetCalls(manager: EntityManager, ids: readonly string[]): Promise<void> {
    const texts = await manager.query<{ hash: string }[]>(
      'select distinct text_hash as hash from embedding.vector where call_id = any($1::uuid[])',
      [ids],
    );
    if (texts.length === 0) return;
    await manager.query(
      `update embedding.vector v set call_id = other.id
       from (select ${TEXT_HASH} as text_hash, min(c.id::text)::uuid as id from ingest.call_v1 c
         where ${TEXT_HASH} = any($2::text[]) group by 1) other
       where v.text_hash = other.text_hash and v.call_id = any($1::uuid[])`,
      [ids, texts.map(({ hash }) => hash)],
    );
    await manager.query('delete from embedding.vector where call_id = any($1::uuid[])', [ids]);
  }

  /** Every vector of the space whose call is still there, through a cursor. */
  async *all(space: string): AsyncGenerator<{ callId: string; vector: Float32Array }> {
    const sql = `
      select v.call_id, v.vector from embedding.vector v
      where v.space = $1 and exists (select from ingest.call_v1 c where c.id = v.call_id)`;
    for await (const row of this.stream(sql, [space])) {
      const { call_id: callId, vector } = vectorRow.parse(row);
      // A copy: the bytes from the socket need not begin where a float may.
      yield { callId, vector: new Float32Array(Uint8Array.from(vector).buffer) };
    }
  }

  private async *stream(sql: string, values: unknown[]): AsyncGenerator {
    const runner = this.dataSource.createQueryRunner();
    try {
      const rows: AsyncIterable<unknown> = await runner.stream(sql, values);
      yield* rows;
    } catch (error) {
      throw dependencyFailure(error, 'Embedding');
    } finally {
      await runner.release();
    }
  }

  private async needing<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await query();
    } catch (error) {
      throw dependencyFailure(error, 'Embedding');
    }
  }
}
