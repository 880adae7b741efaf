import { isMissingView, needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ANSWERED, Bound, conditionOf, type StoredFilter } from './call-filter.js';

/** A logged answer, as labelers need it. */
export interface AnsweredCall {
  id: string;
  traceId: string;
  query: string;
  messages: unknown;
  response: string;
}

/** How feedback or a known answer names its call. */
export type CallTarget = { callId: string } | { traceId: string } | { requestId: string };

/** The calls that ingest publishes. */
@Injectable()
export class CallsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async count(filter: StoredFilter): Promise<number> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const [row] = await this.read<{ calls: number }>(
      `select count(*)::int as calls from ingest.call_v1 call where ${ANSWERED} and ${condition}`,
      bound.values,
    );
    return row?.calls ?? 0;
  }

  /** Answered calls after a place, in order of their ids. */
  page(filter: StoredFilter, after: string | null, limit: number): Promise<AnsweredCall[]> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const further = after === null ? 'true' : `call.id > ${bound.bind(after)}::uuid`;
    return this.read(
      `select call.id, call.trace_id as "traceId", call.query, call.response, null as messages from ingest.call_v1 call
       where ${ANSWERED} and ${condition} and ${further} order by call.id limit ${limit}`,
      bound.values,
    );
  }

  /**
   * Answered calls without a label of this person, in an order that depends on the seed and the ids alone: of each model one in
   * turn, so that a judge can be measured on the answers of all.
   */
  async unlabelled(filter: StoredFilter, userId: string, seed: number, limit: number): Promise<string[]> {
    const bound = new Bound();
    const condition = conditionOf(filter, bound);
    const shuffle = `md5(${bound.bind(String(seed))} || call.id::text)`;
    const rows = await this.read<{ id: string }>(
      `select id from (
         select call.id, ${shuffle} as place, row_number() over (partition by call.model_name order by ${shuffle}) as turn
         from ingest.call_v1 call where ${ANSWERED} and ${condition} and not exists (
           select from labeling.label l where l.call_id = call.id and l.kind = 'HUMAN' and l.user_id = ${bound.bind(userId)})
       ) asked order by turn, place limit ${bound.bind(limit)}`,
      bound.values,
    );
    return rows.map(({ id }) => id);
  }

  async exists(id: string): Promise<boolean> {
    const found = await this.read('select 1 from ingest.call_v1 where id = $1', [id]);
    return found.length > 0;
  }

  /**
   * The call that feedback means: of a trace or request with several, the last one that answered, since that is what the user
   * saw. Null while it has not been read; also where ingest is not there yet.
   */
  async idOf(target: CallTarget): Promise<string | null> {
    const [column, value] =
      'callId' in target
        ? ['id', target.callId]
        : 'traceId' in target
          ? ['trace_id', target.traceId]
          : ['request_id', target.requestId];
    try {
      const [found] = await this.dataSource.query<{ id: string }[]>(
        `select id from ingest.call_v1 where ${column} = $1
         order by (response is not null) desc, started_at desc, id desc limit 1`,
        [value],
      );
      return found?.id ?? null;
    } catch (error) {
      if (isMissingView(error)) return null;
      throw error;
    }
  }

  /** Of these calls, those that are the last answered one of their trace: what a known answer of the trace is about. */
  async lastOfTrace(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.read<{ id: string }>(
      `select call.id from ingest.call_v1 call where call.id = any($1::uuid[]) and not exists (
         select from ingest.call_v1 later where later.trace_id = call.trace_id and later.response is not null
           and (later.started_at, later.id) > (call.started_at, call.id))`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  read<T>(sql: string, values: readonly unknown[], manager: EntityManager = this.dataSource.manager): Promise<T[]> {
    return needing('ingest', 'Labelling', manager.query<T[]>(sql, [...values]));
  }
}
