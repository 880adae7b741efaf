import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export const PAIRWISE_ORDERS = ['LOGGED_FIRST', 'REPLAYED_FIRST'] as const;
export type PairwiseOrder = (typeof PAIRWISE_ORDERS)[number];
export type PairwisePreference = 'LOGGED' | 'REPLAYED' | 'TIE';

/** What became of comparing a cell's answer with the logged one in one order. */
export interface PairwiseVerdict {
  cellId: string;
  judge: string;
  version: string;
  shown: PairwiseOrder;
  outcome: 'PREFERRED' | 'ABSTAINED' | 'UNPARSEABLE' | 'REFUSED';
  /** Null without a preference. */
  preferred: PairwisePreference | null;
  rationale: string | null;
  costUsd: number;
  /** By which it is found for equal texts in the same order. */
  key: string;
}

/** Answers of one candidate beside the logged ones. */
export interface PairwiseEvidence {
  candidate: string;
  pairs: number;
  consistent: number;
  wins: number;
  ties: number;
  losses: number;
  unread: number;
}

export interface OrderConsistency {
  pairs: number;
  consistent: number;
}

const ALL_ORDERS = PAIRWISE_ORDERS.map((shown) => `'${shown}'`).join(', ');
/** Orders in which a cell `c` has not been compared. */
export const COMPARISONS_LEFT = `case when c.compared or not (select pairwise from labeling.replay where id = $1) then array[]::text[]
  else array(select shown from unnest(array[${ALL_ORDERS}]) shown
    where not exists (select from labeling.pairwise_verdict v where v.cell_id = c.id and v.shown = shown.shown)) end`;
const COLUMNS = `cell_id as "cellId", judge, version, shown, outcome, preferred, rationale, cost_usd as "costUsd", verdict_key as key`;
/** A pair has a preference in both orders, and is consistent where these are one. */
const PAIR = `count(preferred) = 2 as "isPair", count(preferred) = 2 and min(preferred) = max(preferred) as "isConsistent",
  min(preferred) as preferred`;

/** Verdicts on pairs of a replayed and a logged answer. They go with their cell. */
@Injectable()
export class PairwiseRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** A verdict on equal texts in the same order. */
  async find(key: string): Promise<Pick<PairwiseVerdict, 'shown' | 'preferred' | 'rationale'> | null> {
    const [row] = await this.dataSource.query<PairwiseVerdict[]>(
      `select ${COLUMNS} from labeling.pairwise_verdict where verdict_key = $1 and outcome in ('PREFERRED', 'ABSTAINED') limit 1`,
      [key],
    );
    return row ?? null;
  }

  /** Of cells that there still are, whose rows the transaction holds. */
  async keep(manager: EntityManager, verdicts: readonly PairwiseVerdict[]): Promise<void> {
    if (verdicts.length === 0) return;
    await manager.query(
      `insert into labeling.pairwise_verdict (cell_id, judge, version, shown, outcome, preferred, rationale, cost_usd, verdict_key)
       select v."cellId", v.judge, v.version, v.shown, v.outcome, v.preferred, v.rationale, v."costUsd", v.key
       from jsonb_to_recordset($1::jsonb) as v("cellId" uuid, judge text, version text, shown text, outcome text, preferred text,
         rationale text, "costUsd" float8, key text)
       join labeling.replay_cell c on c.id = v."cellId" on conflict do nothing`,
      [JSON.stringify(verdicts)],
    );
    await manager.query(
      `update labeling.replay_cell c set compared = true where id = any($1::uuid[])
         and $2 = (select count(distinct shown) from labeling.pairwise_verdict where cell_id = c.id)`,
      [verdicts.map(({ cellId }) => cellId), PAIRWISE_ORDERS.length],
    );
  }

  /** Verdicts by cell: preferences and abstentions. */
  async ofCells(ids: readonly string[]): Promise<Map<string, PairwiseVerdict[]>> {
    const rows = await this.dataSource.query<PairwiseVerdict[]>(
      `select ${COLUMNS} from labeling.pairwise_verdict
       where cell_id = any($1::uuid[]) and outcome in ('PREFERRED', 'ABSTAINED') order by cell_id, judge, version, shown`,
      [ids],
    );
    return Map.groupBy(rows, ({ cellId }) => cellId);
  }

  evidence(replayId: string): Promise<PairwiseEvidence[]> {
    return this.dataSource.query(
      `select candidate, (count(*) filter (where "isPair"))::int as pairs, (count(*) filter (where "isConsistent"))::int as consistent,
         (count(*) filter (where "isConsistent" and preferred = 'REPLAYED'))::int as wins,
         (count(*) filter (where "isConsistent" and preferred = 'TIE'))::int as ties,
         (count(*) filter (where "isConsistent" and preferred = 'LOGGED'))::int as losses, sum(unread)::int as unread
       from (
         select c.candidate, ${PAIR}, count(*) filter (where outcome in ('UNPARSEABLE', 'REFUSED')) as unread
         from labeling.replay_cell c join labeling.pairwise_verdict v on v.cell_id = c.id
         where c.replay_id = $1 group by c.candidate, v.cell_id, v.judge, v.version
       ) pair group by candidate order by candidate`,
      [replayId],
    );
  }

  /** By `name@version` of the judge, over all replays; none for a judge without a pair. */
  async consistency(judges: readonly string[]): Promise<Map<string, OrderConsistency>> {
    const rows = await this.dataSource.query<(OrderConsistency & { judge: string })[]>(
      `select judge, (count(*) filter (where "isPair"))::int as pairs, (count(*) filter (where "isConsistent"))::int as consistent
       from (
         select judge || '@' || version as judge, ${PAIR} from labeling.pairwise_verdict v
         where (judge, version) in (
           select c.judge, c.version from labeling.calibration c where c.judge || '@' || c.version = any($1::text[]))
         group by v.cell_id, v.judge, v.version
       ) pair group by judge`,
      [judges],
    );
    return new Map(rows.flatMap((row) => (row.pairs === 0 ? [] : [[row.judge, row]])));
  }
}
