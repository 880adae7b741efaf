import { Injectable } from '@nestjs/common';
import type { ForgottenCall } from '@signalbox/database';
import type { EntityManager } from 'typeorm';

/** Removes what came of calls and of users; to be called while nobody writes such things. */
@Injectable()
export class ForgottenRepository {
  /**
   * Labels of the calls and of their replayed cells with the verdicts that were kept for equal answers, the cells, the feedback, and
   * the answers that are known to the calls alone. Feedback on a trace or request waits on while another call of it is there.
   */
  async eraseCalls(manager: EntityManager, calls: readonly ForgottenCall[]): Promise<void> {
    const ids = calls.map(({ callId }) => callId);
    await this.eraseLabels(manager, 'call_id', ids);
    const cells = await manager.query<{ id: string }[]>(
      'select id from labeling.replay_cell where call_id = any($1::uuid[])',
      [ids],
    );
    await this.eraseLabels(
      manager,
      'replay_cell_id',
      cells.map(({ id }) => id),
    );
    await manager.query('delete from labeling.replay_prompt where call_id = any($1::uuid[])', [ids]); // and its cells
    await manager.query('delete from labeling.canary where call_id = any($1::uuid[])', [ids]);
    await manager.query('delete from labeling.performance where call_id = any($1::uuid[])', [ids]);
    const traces = await this.without(manager, 'trace_id', new Set(calls.map(({ traceId }) => traceId)));
    const requests = await this.without(
      manager,
      'request_id',
      new Set(calls.flatMap(({ requestId }) => requestId ?? [])),
    );
    const targets = [
      ...ids.map((id) => `call ${id}`),
      ...traces.map((id) => `trace ${id}`),
      ...requests.map((id) => `request ${id}`),
    ];
    await manager.query(
      `delete from labeling.feedback where call_id = any($1::uuid[]) or target = any($2::text[]) and call_id is null`,
      [ids, targets],
    );
    await manager.query('delete from labeling.ground_truth where target = any($1::text[])', [targets]);
  }

  /** What a user has said until then. @returns the calls that are to be resolved again */
  async eraseUser(manager: EntityManager, userId: string, until: Date): Promise<string[]> {
    const rows = await manager.query<{ callId: string }[]>(
      `with said as (
         delete from labeling.feedback where user_id = $1 and created_at < $2 returning call_id
       ), labels as (
         delete from labeling.label where user_id = $1 and call_id is not null and (created_at < $2
           or kind = 'FEEDBACK' and call_id in (select call_id from said)) returning call_id
       ) select distinct call_id as "callId" from labels`,
      [userId, until],
    );
    return rows.map(({ callId }) => callId);
  }

  /** Of the secret that ingest named the last user with. */
  async newestKeyMark(manager: EntityManager): Promise<string | undefined> {
    const [row] = await manager.query<{ mark: string }[]>(
      'select key_mark as mark from ingest.forgotten_user_v1 order by ordinal desc limit 1',
    );
    return row?.mark;
  }

  /** Ids of users who have said something, in their order. */
  async users(manager: EntityManager, after: string, limit: number): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      `select id from (
         (select distinct user_id as id from labeling.feedback where user_id <> '' and user_id > $1 order by 1 limit $2)
         union
         (select distinct user_id from labeling.label where user_id <> '' and user_id > $1 order by 1 limit $2)
       ) named order by id limit $2`,
      [after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of these things, with the verdicts that they came of. */
  private async eraseLabels(
    manager: EntityManager,
    thing: 'call_id' | 'replay_cell_id',
    ids: readonly string[],
  ): Promise<void> {
    const gone = await manager.query<{ key: string | null; words: string | null }[]>(
      `with gone as (
         delete from labeling.label where ${thing} = any($1::uuid[]) returning kind, verdict_key, rationale
       ) select distinct verdict_key as key, case when verdict_key is null then rationale end as words
       from gone where kind = 'JUDGE'`,
      [ids],
    );
    const keys = gone.flatMap(({ key }) => key?.split(' ') ?? []);
    await manager.query('delete from labeling.verdict where key = any($1::text[])', [keys]);
    // A label from before labels named their verdict is told by its words.
    const words = gone.flatMap((label) => label.words ?? []);
    if (words.length === 0) return;
    await manager.query('delete from labeling.verdict where rationale = any($1::text[])', [words]);
  }

  /** Those of which no call is left. */
  private async without(
    manager: EntityManager,
    column: 'trace_id' | 'request_id',
    ids: ReadonlySet<string>,
  ): Promise<string[]> {
    const rows = await manager.query<{ id: string }[]>(
      `select asked.key as id from unnest($1::text[]) as asked(key)
       where not exists (select from ingest.call_v1 call where call.${column} = asked.key)`,
      [[...ids]],
    );
    return rows.map(({ id }) => id);
  }
}
