import { Forgotten, isMissingView } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { CallTarget } from '../calls/calls.repository.js';

export interface Feedback {
  id: string;
  /** `call `, `trace ` or `request ` and an id. */
  target: string;
  userId: string;
  score: number;
  comment: string | null;
}

export interface FeedbackRow extends Feedback {
  createdAt: Date;
  /** The call that it was joined to; null while that has not been read. */
  callId: string | null;
}

const COLUMNS = 'id, target, user_id as "userId", score, comment, created_at as "createdAt", call_id as "callId"';

/** Feedback as it came, with the call that it was joined to; it may come before its call. */
@Injectable()
export class FeedbackRepository {
  constructor(private readonly forgotten: Forgotten) {}

  /** Whether the call that is meant was removed; nothing of it is erased until the transaction ends. */
  isOnForgotten(manager: EntityManager, target: CallTarget): Promise<boolean> {
    if ('callId' in target) return this.forgotten.names(manager, 'call_id', target.callId);
    if ('traceId' in target) return this.forgotten.names(manager, 'trace_id', target.traceId);
    return this.forgotten.names(manager, 'request_id', target.requestId);
  }

  /** Keeps the latest of each user on each target. @returns it, with the id of the first */
  async put(manager: EntityManager, { id, target, userId, score, comment }: Feedback): Promise<FeedbackRow> {
    const [row] = await manager.query<FeedbackRow[]>(
      `insert into labeling.feedback (id, target, user_id, score, comment) values ($1, $2, $3, $4, $5)
       on conflict (target, user_id) do update set score = excluded.score, comment = excluded.comment,
         created_at = clock_timestamp()
       returning ${COLUMNS}`,
      [id, target, userId, score, comment],
    );
    if (!row) throw new Error(`feedback ${id} is gone`);
    return row;
  }

  async byId(manager: EntityManager, id: string): Promise<FeedbackRow | null> {
    const [row] = await manager.query<FeedbackRow[]>(`select ${COLUMNS} from labeling.feedback where id = $1`, [id]);
    return row ?? null;
  }

  async joined(manager: EntityManager, feedback: readonly { id: string; callId: string }[]): Promise<void> {
    await manager.query(
      `update labeling.feedback f set call_id = j."callId"
       from jsonb_to_recordset($1::jsonb) as j(id uuid, "callId" uuid) where f.id = j.id`,
      [JSON.stringify(feedback)],
    );
  }

  /**
   * Feedback that waited for its call, with the call where it is there by now; the last answered one of a trace or request.
   * The oldest first, so that the latest of a user stands. Empty while ingest is not there.
   */
  async arrived(manager: EntityManager, limit: number): Promise<(Feedback & { callId: string })[]> {
    try {
      return await manager.query<(Feedback & { callId: string })[]>(
        `select f.id, f.target, f.user_id as "userId", f.score, f.comment, c.id as "callId"
         from labeling.feedback f
         cross join lateral (
           select split_part(f.target, ' ', 1) as kind, substr(f.target, strpos(f.target, ' ') + 1) as key
         ) t
         cross join lateral (
           select id from (
             select id, started_at, response from ingest.call_v1 where t.kind = 'call' and id = (case when t.kind = 'call' then t.key end)::uuid
             union all
             select id, started_at, response from ingest.call_v1 where t.kind = 'trace' and trace_id = t.key
             union all
             select id, started_at, response from ingest.call_v1 where t.kind = 'request' and request_id = t.key
           ) named
           order by (response is not null) desc, started_at desc, id desc limit 1
         ) c
         where f.call_id is null order by f.created_at, f.id limit $1 for update of f skip locked`,
        [limit],
      );
    } catch (error) {
      if (isMissingView(error)) return [];
      throw error;
    }
  }
}
