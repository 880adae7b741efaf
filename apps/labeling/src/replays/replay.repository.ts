import { needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { ELIGIBLE_CALL, type ProblemRecord } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import type { SampledPrompt } from '@signalbox/datasets';
import { DataSource, type EntityManager } from 'typeorm';
import { Bound, conditionOf, isUnfiltered, storedFilter, type StoredFilter } from '../calls/call-filter.js';
import { COMPARISONS_LEFT, type PairwiseOrder } from '../pairwise/pairwise.repository.js';
import { DriftRepository } from './drift.repository.js';
import type { Forecast } from './replay-forecast.js';
import type { ReplaySampling } from './replay.input.js';
import type { TargetedPlan } from './targeted-planner.js';

export interface NewReplay {
  id: string;
  retrainId: string | null;
  router: string | null;
  filter: StoredFilter;
  candidates: string[];
  endpoint: string;
  sealedCredentials: string | null;
  sampleSize: number;
  seed: number;
  maxRequestsPerSecond: number | null;
  budgetUsd: number;
  expectedHalfWidth: number | null;
  expectedCostUsd: number | null;
  skippedForTools: number;
  judgeId: string | null;
  sampling: ReplaySampling;
  onlyWhereDifferent: boolean;
  /** Of the router, whose choices decide what is drawn or asked; null where none does. */
  version: number | null;
  manifestSha256: string | null;
  /** Whether each answer is compared with the logged one as well. */
  pairwise: boolean;
  /** USD to expect of comparing one answer in both orders; null when not known. */
  comparisonUsd: number | null;
}

export interface ReplayRow extends NewReplay {
  status: JobStatus;
  /** Exact to 1e-9 USD. */
  spentUsd: number;
  /** Paid answers and verdicts whose price is not known; they count as 0 USD. */
  unpriced: number;
  planned: boolean;
  problem: ProblemRecord | null;
  prompts: number;
  /** Of these, those that the challenger gives to another candidate; null where it was not asked. */
  differentPrompts: number | null;
  /** Calls that were looked at and not drawn from, since the version may choose no candidate for them. */
  leftOut: number;
  /** Prompts to which rules of a metric give different answers. */
  ambiguous: number;
  cells: number;
  answeredCells: number;
  failedCells: number;
}

/** How a cell came to its label, or why it has none. */
export type LabelOutcome = 'LABELLED' | 'ABSTAINED' | 'UNPARSEABLE' | 'REFUSED' | 'NO_LABELER';

/** A cell with work left: to be asked, to be labelled, or to be compared. */
export interface OpenCell {
  id: string;
  callId: string;
  traceId: string;
  place: number;
  candidate: string;
  status: 'OPEN' | 'ANSWERED';
  response: string | null;
  query: string;
  messages: unknown;
  loggedOutputTokens: number | null;
  loggedResponse: string | null;
  isLabelled: boolean;
  /** Orders in which it is yet to be compared with the logged answer. */
  toCompare: PairwiseOrder[];
}

export interface CellRow {
  id: string;
  callId: string;
  candidate: string;
  response: string | null;
  performance: number | null;
  costUsd: number | null;
  responseTimeSeconds: number | null;
  problem: ProblemRecord | null;
  askedAgain: boolean;
}

/** What became of asking a candidate. */
export interface CellAnswer {
  id: string;
  status: 'ANSWERED' | 'FAILED';
  response: string | null;
  costUsd: number | null;
  responseTimeSeconds: number | null;
  problem: ProblemRecord | null;
}

const COLUMNS = `r.id, r.retrain_id as "retrainId", r.status, r.router, r.filter, r.candidates, r.endpoint,
  r.sealed_credentials as "sealedCredentials", r.sample_size as "sampleSize", r.seed,
  r.max_requests_per_second as "maxRequestsPerSecond", r.budget_usd as "budgetUsd", round(r.spent_usd, 9)::float8 as "spentUsd", r.unpriced,
  r.expected_half_width as "expectedHalfWidth", r.expected_cost_usd as "expectedCostUsd", r.planned,
  r.skipped_for_tools as "skippedForTools", r.judge_id as "judgeId", r.problem,
  r.sampling, r.only_where_different as "onlyWhereDifferent", r.version, r.manifest_sha256 as "manifestSha256", r.left_out as "leftOut",
  r.pairwise, r.comparison_usd as "comparisonUsd",
  (select count(*)::int from labeling.replay_prompt p where p.replay_id = r.id) as prompts,
  case when r.only_where_different then (
    select count(*)::int from labeling.replay_prompt p where p.replay_id = r.id and p.differs) end as "differentPrompts",
  (select count(*)::int from labeling.replay_prompt p where p.replay_id = r.id and p.ambiguous) as ambiguous,
  c.cells, c."answeredCells", c."failedCells"`;
const COUNTS = `cross join lateral (
  select count(*)::int as cells, (count(*) filter (where status = 'ANSWERED'))::int as "answeredCells",
    (count(*) filter (where status = 'FAILED'))::int as "failedCells"
  from labeling.replay_cell where replay_id = r.id) c`;
const CELL_COLUMNS = `id, call_id as "callId", candidate, response, performance, cost_usd as "costUsd",
  response_time_seconds as "responseTimeSeconds", problem, asked_again as "askedAgain"`;
/** Also of a wrong key or an unknown model. An answer without text has a time, and was paid. */
const UNANSWERED = `c.status = 'FAILED' and c.response_time_seconds is null`;
/** Work is left on a cell `c`, of a replay `$1`. */
const LEFT = `(c.status = 'OPEN' or c.status = 'ANSWERED' and (c.label_outcome is null
  or not c.compared and (select pairwise from labeling.replay where id = $1)))`;
const UNREACHED = `c.status = 'FAILED' and c.problem ->> 'code' = 'REPLAY_UNREACHABLE'`;

@Injectable()
export class ReplayRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly drifts: DriftRepository,
  ) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insert(manager: EntityManager, replay: NewReplay): Promise<void> {
    await manager.query(
      `insert into labeling.replay (id, retrain_id, router, filter, candidates, endpoint, sealed_credentials, sample_size, seed,
         max_requests_per_second, budget_usd, expected_half_width, expected_cost_usd, skipped_for_tools, judge_id,
         sampling, only_where_different, version, manifest_sha256, pairwise, comparison_usd)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) on conflict do nothing`,
      [
        ...[
          replay.id,
          replay.retrainId,
          replay.router,
          JSON.stringify(replay.filter),
          replay.candidates,
          replay.endpoint,
        ],
        ...[replay.sealedCredentials, replay.sampleSize, replay.seed, replay.maxRequestsPerSecond, replay.budgetUsd],
        ...[replay.expectedHalfWidth, replay.expectedCostUsd, replay.skippedForTools, replay.judgeId],
        ...[
          replay.sampling,
          replay.onlyWhereDifferent,
          replay.version,
          replay.manifestSha256,
          replay.pairwise,
          replay.comparisonUsd,
        ],
      ],
    );
  }

  async find(id: string): Promise<ReplayRow | null> {
    const [row] = await this.dataSource.query<ReplayRow[]>(
      `select ${COLUMNS} from labeling.replay r ${COUNTS} where r.id = $1`,
      [id],
    );
    return row ? { ...row, filter: storedFilter.parse(row.filter) } : null;
  }

  /** Names of all that are asked: the candidates, and logged models that are asked again. */
  async asked(id: string): Promise<string[]> {
    const rows = await this.dataSource.query<{ candidate: string }[]>(
      'select distinct candidate from labeling.replay_cell where replay_id = $1 order by 1',
      [id],
    );
    return rows.map(({ candidate }) => candidate);
  }

  /** Null when the replay is gone or has ended. */
  async start(id: string): Promise<ReplayRow | null> {
    await this.dataSource.query(`update labeling.replay set status = 'RUNNING' where id = $1 and status = 'QUEUED'`, [
      id,
    ]);
    const replay = await this.find(id);
    return replay?.status === JobStatus.RUNNING ? replay : null;
  }

  /** Replays that nobody has finished; those of a retrain come back with its command. */
  async unfinished(limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from labeling.replay where status in ('QUEUED', 'RUNNING') and retrain_id is null order by id limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Another try of one that failed or was cancelled; cells that were answered and paid stay so, those without any answer do not. */
  async reopen(id: string): Promise<void> {
    await this.dataSource.query(
      `with reopened as (
         update labeling.replay set status = 'QUEUED', problem = null, finished_at = null
         where id = $1 and status in ('FAILED', 'CANCELLED') returning id)
       update labeling.replay_cell c set status = 'OPEN', problem = null from reopened r
       where c.replay_id = r.id and ${UNANSWERED}`,
      [id],
    );
  }

  /** Cells that failed since the endpoint did not answer. */
  async unreachedCells(id: string): Promise<number> {
    const [row] = await this.dataSource.query<{ cells: number }[]>(
      `select count(*)::int as cells from labeling.replay_cell c where c.replay_id = $1 and ${UNREACHED}`,
      [id],
    );
    return row?.cells ?? 0;
  }

  async finish(
    id: string,
    status: JobStatus,
    problem: ProblemRecord | null,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    await manager.query(
      `update labeling.replay set status = $2, problem = $3, finished_at = now() where id = $1 and status in ('QUEUED', 'RUNNING')`,
      [id, status, problem && JSON.stringify(problem)],
    );
  }

  /**
   * Draws eligible calls in an order that depends on the seed and the ids alone, and opens their cells. Only without a filter are
   * they a random part of the traffic.
   * @param names of the candidates, all that they have
   */
  async planRandom(
    { id, filter, sampleSize, seed }: ReplayRow,
    eligible: number,
    names: readonly string[],
  ): Promise<void> {
    const bound = new Bound();
    const [replay, share] = [bound.bind(id), bound.bind(eligible === 0 ? 0 : Math.min(1, sampleSize / eligible))];
    const shuffle = `md5(${bound.bind(String(seed))} || call.id::text)`;
    const condition = conditionOf(filter, bound);
    await this.transaction(async (manager) => {
      const inserted = manager.query(
        `insert into labeling.replay_prompt (replay_id, call_id, place, part, inclusion_share, in_random_slice)
         select ${replay}::uuid, id, row_number() over (order by ${shuffle}), 'train', ${share}::float8,
           ${isUnfiltered(filter)}
         from ingest.call_v1 call where ${ELIGIBLE_CALL} and ${condition}
         order by ${shuffle} limit ${bound.bind(sampleSize)}`,
        bound.values,
      );
      await needing('ingest', 'A replay', inserted);
      await this.openCells(manager, id);
      await this.drifts.askAgain(manager, id, names);
    });
  }

  /** Keeps a sample that was drawn, in an order of its own, so that a replay that ends early still is a random sample. */
  async planSample(manager: EntityManager, { id, seed }: NewReplay, prompts: readonly SampledPrompt[]): Promise<void> {
    await manager.query(
      `insert into labeling.replay_prompt (replay_id, call_id, place, part, inclusion_share, in_random_slice)
       select $1, s.id, row_number() over (order by md5($2::text || s.id::text)), s.part, s.inclusion, true
       from jsonb_to_recordset($3::jsonb) as s(id uuid, part text, inclusion float8) on conflict do nothing`,
      [
        id,
        String(seed),
        JSON.stringify(prompts.map(({ id: callId, part, inclusion }) => ({ id: callId, part, inclusion }))),
      ],
    );
    await this.openCells(manager, id);
  }

  /**
   * Keeps prompts that were drawn otherwise than uniformly, in an order of its own, opens their cells, and tells what to expect of them.
   * @param names of the candidates, all that they have
   */
  async planTargeted(
    { id, seed }: ReplayRow,
    { prompts, leftOut }: TargetedPlan,
    forecast: Forecast,
    names: readonly string[],
  ): Promise<void> {
    const rows = prompts.map(({ call, inclusion, inRandomSlice, chosen }) => ({
      ...{ id: call.id, inclusion, slice: inRandomSlice },
      ...{ choice: chosen?.candidate ?? null, differs: chosen?.differs ?? null },
    }));
    await this.transaction(async (manager) => {
      await manager.query(
        `insert into labeling.replay_prompt (replay_id, call_id, place, part, inclusion_share, in_random_slice, choice, differs)
         select $1, s.id, row_number() over (order by md5($2::text || s.id::text)), 'train', s.inclusion, s.slice, s.choice, s.differs
         from jsonb_to_recordset($3::jsonb) as s(id uuid, inclusion float8, slice boolean, choice text, differs boolean)
         on conflict do nothing`,
        [id, String(seed), JSON.stringify(rows)],
      );
      await manager.query(
        `update labeling.replay set expected_half_width = $2, expected_cost_usd = $3, left_out = $4 where id = $1 and not planned`,
        [id, forecast.expectedHalfWidth, forecast.expectedCostUsd, leftOut],
      );
      await this.openCells(manager, id);
      await this.drifts.askAgain(manager, id, names);
    });
  }

  private async openCells(manager: EntityManager, id: string): Promise<void> {
    await manager.query(
      `insert into labeling.replay_cell (id, replay_id, call_id, candidate)
       select md5(p.replay_id::text || p.call_id::text || c.candidate)::uuid, p.replay_id, p.call_id, c.candidate
       from labeling.replay_prompt p join labeling.replay r on r.id = p.replay_id cross join unnest(
         case when not r.only_where_different then r.candidates when p.differs then array[p.choice] end) as c(candidate)
       where p.replay_id = $1 on conflict do nothing`,
      [id],
    );
    await manager.query('update labeling.replay set planned = true where id = $1', [id]);
  }

  /** Cells with work left, of the next prompts after a place. */
  openCellsAfter(id: string, place: number, prompts: number): Promise<OpenCell[]> {
    return needing(
      'ingest',
      'A replay',
      this.dataSource.query<OpenCell[]>(
        `select c.id, c.call_id as "callId", call.trace_id as "traceId", p.place, c.candidate, c.status, c.response, call.query,
           call.messages, call.output_tokens as "loggedOutputTokens", call.response as "loggedResponse",
           c.label_outcome is not null as "isLabelled", ${COMPARISONS_LEFT} as "toCompare"
         from (select * from labeling.replay_prompt q where q.replay_id = $1 and q.place > $2 and exists (
             select from labeling.replay_cell c where c.replay_id = q.replay_id and c.call_id = q.call_id and ${LEFT})
           order by q.place limit $3) p
         join labeling.replay_cell c on c.replay_id = p.replay_id and c.call_id = p.call_id
         join ingest.call_v1 call on call.id = p.call_id
         where ${LEFT}
         order by p.place, c.candidate`,
        [id, place, prompts],
      ),
    );
  }

  /** Holds the rows of cells in one order, as everybody does who writes several. */
  async lockCells(manager: EntityManager, ids: readonly string[]): Promise<void> {
    await manager.query('select 1 from labeling.replay_cell where id = any($1::uuid[]) order by id for update', [ids]);
  }

  async markAmbiguous(id: string, callIds: readonly string[]): Promise<void> {
    await this.dataSource.query(
      'update labeling.replay_prompt set ambiguous = true where replay_id = $1 and call_id = any($2::uuid[]) and not ambiguous',
      [id, callIds],
    );
  }

  async answered(manager: EntityManager, answers: readonly CellAnswer[]): Promise<void> {
    if (answers.length === 0) return;
    await manager.query(
      `update labeling.replay_cell c set status = a.status, response = a.response, cost_usd = a."costUsd",
         response_time_seconds = a."responseTimeSeconds", problem = a.problem
       from jsonb_to_recordset($1::jsonb) as a(id uuid, status text, response text, "costUsd" float8,
         "responseTimeSeconds" float8, problem jsonb)
       where c.id = a.id and c.status = 'OPEN'`,
      [JSON.stringify(answers)],
    );
  }

  async labelled(manager: EntityManager, cells: readonly { id: string; outcome: LabelOutcome }[]): Promise<void> {
    if (cells.length === 0) return;
    await manager.query(
      `update labeling.replay_cell c set label_outcome = l.outcome
       from jsonb_to_recordset($1::jsonb) as l(id uuid, outcome text) where c.id = l.id`,
      [JSON.stringify(cells)],
    );
  }

  async spend(manager: EntityManager, id: string, usd: readonly number[], unpriced: number): Promise<void> {
    await manager.query(
      `update labeling.replay set unpriced = unpriced + $3,
         spent_usd = spent_usd + (select coalesce(sum(cost::numeric), 0) from unnest($2::float8[]) cost)
       where id = $1`,
      [id, usd, unpriced],
    );
  }

  cells(replayId: string, after: string | null, limit: number): Promise<CellRow[]> {
    return this.dataSource.query(
      `select ${CELL_COLUMNS} from labeling.replay_cell
       where replay_id = $1 and status <> 'OPEN' and ($2::uuid is null or id > $2) order by id limit $3`,
      [replayId, after, limit],
    );
  }

  async cellsById(ids: readonly string[]): Promise<Map<string, CellRow>> {
    const rows = await this.dataSource.query<CellRow[]>(
      `select ${CELL_COLUMNS} from labeling.replay_cell where id = any($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async outcomes(id: string): Promise<Partial<Record<LabelOutcome, number>>> {
    const rows = await this.dataSource.query<{ outcome: LabelOutcome; cells: number }[]>(
      `select label_outcome as outcome, count(*)::int as cells from labeling.replay_cell
       where replay_id = $1 and label_outcome is not null group by label_outcome order by label_outcome`,
      [id],
    );
    return Object.fromEntries(rows.map(({ outcome, cells }) => [outcome, cells]));
  }

  /** The widest 95 % interval of a candidate's mean performance on test prompts, halved; null when none can be computed. */
  async halfWidth(id: string): Promise<number | null> {
    const [row] = await this.dataSource.query<{ half: number | null }[]>(
      `select max(half)::float8 as half from (
         select 1.96 * stddev_samp(performance::numeric) / sqrt(count(performance)::numeric) as half from labeling.replay_cell_v1
         where replay_id = $1 and part = 'test' group by candidate having count(performance) > 1) each_candidate`,
      [id],
    );
    return row?.half ?? null;
  }
}
