import { Injectable } from '@nestjs/common';
import { Forgotten, MAX_LISTED } from '@signalbox/database';
import type { LabelKind } from '@signalbox/scoring';
import { DataSource, type EntityManager } from 'typeorm';
import { PerformanceRepository, type LabelledThing } from './performance.repository.js';

export interface NewLabel {
  id: string;
  /** Id of the call or cell. */
  target: string;
  kind: LabelKind;
  labeler: string;
  version: string;
  /** Empty where nobody is named. */
  userId: string;
  /** Null when the labeler abstained. */
  score: number | null;
  rationale: string | null;
  costUsd: number | null;
  /** Of the kept verdict that a judge's label came of; of a panel's several, with spaces between. */
  verdictKey?: string;
}

export interface LabelRow {
  id: string;
  callId: string | null;
  replayCellId: string | null;
  kind: LabelKind;
  labeler: string;
  labelerVersion: string;
  score: number | null;
  abstained: boolean;
  rationale: string | null;
  costUsd: number | null;
  createdAt: Date;
}

export interface LabelCount {
  kind: LabelKind;
  labels: number;
  abstained: number;
}

/** Answers of one transaction. */
const RESOLVED_AT_ONCE = 1_000;

const COLUMNS = `id, call_id as "callId", replay_cell_id as "replayCellId", kind, labeler, labeler_version as "labelerVersion",
  score, abstained, rationale, cost_usd as "costUsd", created_at as "createdAt"`;

const INSERT = (thing: LabelledThing) => `
  insert into labeling.label (id, ${thing}, kind, labeler, labeler_version, user_id, score, abstained, rationale, cost_usd,
    verdict_key)
  select id, target, kind, labeler, version, "userId", score, score is null, rationale, "costUsd", "verdictKey"
  from jsonb_to_recordset($1::jsonb) as l(id uuid, target uuid, kind text, labeler text, version text, "userId" text,
    score float8, rationale text, "costUsd" float8, "verdictKey" text)
  on conflict (${thing}, labeler, labeler_version, user_id) where ${thing} is not null do `;

/** Labels, and the performance of each answer that follows from them; both change in one transaction. */
@Injectable()
export class LabelRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly forgotten: Forgotten,
    private readonly performances: PerformanceRepository,
  ) {}

  /** Erasing waits for its end. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await this.forgotten.hold(manager);
      return work(manager);
    });
  }

  /**
   * Adds labels of metrics and judges; a label that is there stays.
   * @returns the targets that there still are; of the others nothing may be kept
   */
  async add(manager: EntityManager, thing: LabelledThing, labels: readonly NewLabel[]): Promise<Set<string>> {
    return this.write(manager, thing, labels, 'nothing');
  }

  /** Writes opinions of people on calls that there still are; a later one of the same person replaces the one before. */
  async replace(manager: EntityManager, labels: readonly NewLabel[]): Promise<void> {
    const replacing = `update set score = excluded.score, abstained = excluded.abstained, rationale = excluded.rationale,
      created_at = clock_timestamp()`;
    await this.write(manager, 'call_id', labels, replacing);
  }

  /** After labels of these calls were removed. */
  async resolveCalls(manager: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.performances.resolve(manager, 'call_id', await this.lock(manager, 'call_id', ids));
  }

  private async write(
    manager: EntityManager,
    thing: LabelledThing,
    labels: readonly NewLabel[],
    onConflict: string,
  ): Promise<Set<string>> {
    if (labels.length === 0) return new Set();
    const there = await this.lock(
      manager,
      thing,
      labels.map(({ target }) => target),
    );
    const targets = new Set(there);
    const kept = labels.filter(({ target }) => targets.has(target));
    await manager.query(`${INSERT(thing)} ${onConflict}`, [JSON.stringify(kept)]);
    await this.performances.resolve(manager, thing, there);
    return targets;
  }

  /**
   * Whoever changes the labels of an answer holds its row first: two who label one answer at once would each resolve it without
   * the other's label.
   * @returns the answers that there still are
   */
  private async lock(manager: EntityManager, thing: LabelledThing, targets: readonly string[]): Promise<string[]> {
    const asked = [...new Set(targets)].sort();
    const gone = await this.forgotten.among(manager, thing === 'call_id' ? asked : []);
    if (thing === 'replay_cell_id') {
      const cells = await manager.query<{ id: string }[]>(
        'select id from labeling.replay_cell where id = any($1::uuid[]) order by id for update',
        [asked],
      );
      return cells.map(({ id }) => id);
    }
    const ids = asked.filter((id) => !gone.has(id));
    await manager.query(
      `insert into labeling.performance (call_id) select id from unnest($1::uuid[]) id order by id
       on conflict (call_id) do update set call_id = excluded.call_id`,
      [ids],
    );
    return ids;
  }

  /** Resolves again whatever a judge has labelled. */
  async resolveLabelledBy(labeler: string, version: string): Promise<void> {
    await this.resolveAgain('labeler = $3 and labeler_version = $4', [labeler, version]);
  }

  /** Resolves every answer again. @returns false when it was stopped */
  resolveAll(signal: AbortSignal): Promise<boolean> {
    return this.resolveAgain('true', [], signal);
  }

  /** In pages that are each a transaction of their own. */
  private async resolveAgain(condition: string, values: readonly unknown[], signal?: AbortSignal): Promise<boolean> {
    for (const thing of ['call_id', 'replay_cell_id'] as const) {
      let after = '00000000-0000-0000-0000-000000000000';
      for (;;) {
        if (signal?.aborted === true) return false;
        const rows = await this.dataSource.query<{ id: string }[]>(
          `select distinct ${thing} as id from labeling.label where ${thing} > $1 and ${condition}
           order by ${thing} limit $2`,
          [after, RESOLVED_AT_ONCE, ...values],
        );
        const last = rows.at(-1);
        if (!last) break;
        after = last.id;
        const ids = rows.map(({ id }) => id);
        await this.transaction(async (manager) => {
          await this.performances.resolve(manager, thing, await this.lock(manager, thing, ids));
        });
      }
    }
    return true;
  }

  async ofCalls(ids: readonly string[]): Promise<Map<string, LabelRow[]>> {
    const rows = await this.dataSource.query<(LabelRow & { callId: string })[]>(
      `select l.* from unnest($1::uuid[]) as asked(id)
       cross join lateral (
         select ${COLUMNS} from labeling.label where call_id = asked.id order by created_at, id limit ${MAX_LISTED}
       ) l order by l."createdAt", l.id`,
      [ids],
    );
    return Map.groupBy(rows, (row) => row.callId);
  }

  async find(
    manager: EntityManager,
    callId: string,
    labeler: string,
    version: string,
    userId: string,
  ): Promise<LabelRow | null> {
    const [row] = await manager.query<LabelRow[]>(
      `select ${COLUMNS} from labeling.label where call_id = $1 and labeler = $2 and labeler_version = $3 and user_id = $4`,
      [callId, labeler, version, userId],
    );
    return row ?? null;
  }

  /** Totals by kind. Answers on which a judge's reply was no verdict hold no label, and count as abstained. */
  async counts(): Promise<LabelCount[]> {
    return this.dataSource.query(`
      with counted as (
        select kind, count(*) filter (where not abstained) as labels, count(*) filter (where abstained) as abstained
        from labeling.label group by kind
      ), unread as (
        select 'JUDGE' as kind, count(*) as abstained from (
          select distinct t.labeler_id, t.call_id from labeling.labeling_task t join labeling.labeler j on j.id = t.labeler_id
          where t.outcome in ('UNPARSEABLE', 'REFUSED')
            and not exists (select from labeling.label l where l.call_id = t.call_id and l.labeler = j.name)
          union all
          select replay_id, id from labeling.replay_cell where label_outcome in ('UNPARSEABLE', 'REFUSED')
        ) replies
      )
      select kind, coalesce(c.labels, 0)::int as labels, (coalesce(c.abstained, 0) + coalesce(u.abstained, 0))::int as abstained
      from (values ('METRIC', 1), ('HUMAN', 2), ('JUDGE', 3), ('FEEDBACK', 4)) as kinds(kind, place)
      left join counted c using (kind) left join unread u using (kind)
      order by place`);
  }
}
