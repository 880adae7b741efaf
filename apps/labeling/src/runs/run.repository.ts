import { Injectable } from '@nestjs/common';
import { type ProblemRecord } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { DataSource, type EntityManager } from 'typeorm';
import { ANSWERED, answeredBy, Bound, conditionOf, storedFilter, type StoredFilter } from '../calls/call-filter.js';
import { CallsRepository, type AnsweredCall } from '../calls/calls.repository.js';
import type { JudgeOutcome } from '../judges/judge.js';

export interface NewRun {
  id: string;
  retrainId: string | null;
  filter: StoredFilter;
  labelers: string[];
  sampleSize: number | null;
  seed: number;
  budgetUsd: number | null;
  /** Judges score answers of these alone; null for those of all models. Metrics, which are free, score all. */
  judgedModels: string[] | null;
}

export interface RunRow extends NewRun {
  status: JobStatus;
  /** Exact to 1e-9 USD. */
  spentUsd: number;
  planned: boolean;
  metricsDone: boolean;
  metricsCursor: string | null;
  total: number | null;
  done: number;
  labelled: number;
  abstained: number;
  unparseable: number;
  refused: number;
  inputTokens: number;
  outputTokens: number;
  unpriced: number;
  /** Times that rules of a metric gave one prompt different answers. */
  ambiguous: number;
  feedbackJoined: number;
  problem: ProblemRecord | null;
}

/** What a piece of work adds to its run. */
export interface Tally {
  done?: number;
  labelled?: number;
  abstained?: number;
  unparseable?: number;
  refused?: number;
  /** Of each piece. */
  spentUsd?: number[];
  inputTokens?: number;
  outputTokens?: number;
  unpriced?: number;
  ambiguous?: number;
}

export interface JudgeTask {
  callId: string;
  outcome: JudgeOutcome;
}

const COLUMNS = `id, retrain_id as "retrainId", status, filter, labelers, sample_size as "sampleSize", seed,
  budget_usd as "budgetUsd", judged_models as "judgedModels", round(spent_usd, 9)::float8 as "spentUsd", planned, metrics_done as "metricsDone", metrics_cursor as "metricsCursor",
  total, done, labelled, abstained, unparseable, refused, input_tokens::float8 as "inputTokens",
  output_tokens::float8 as "outputTokens", unpriced, ambiguous, feedback_joined as "feedbackJoined", problem`;

@Injectable()
export class RunRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly calls: CallsRepository,
  ) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  async insert(run: NewRun, manager: EntityManager = this.dataSource.manager): Promise<void> {
    await manager.query(
      `insert into labeling.labeling_run (id, retrain_id, filter, labelers, sample_size, seed, budget_usd, judged_models)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
      [
        ...[run.id, run.retrainId, JSON.stringify(run.filter), run.labelers, run.sampleSize, run.seed, run.budgetUsd],
        run.judgedModels,
      ],
    );
  }

  async find(id: string): Promise<RunRow | null> {
    const [row] = await this.dataSource.query<RunRow[]>(`select ${COLUMNS} from labeling.labeling_run where id = $1`, [
      id,
    ]);
    return row ? { ...row, filter: storedFilter.parse(row.filter) } : null;
  }

  /** Null when the run is gone or has ended. */
  async start(id: string): Promise<RunRow | null> {
    await this.dataSource.query(
      `update labeling.labeling_run set status = 'RUNNING' where id = $1 and status = 'QUEUED'`,
      [id],
    );
    const run = await this.find(id);
    return run?.status === JobStatus.RUNNING ? run : null;
  }

  /** Runs that nobody has finished; those of a retrain come back with its command. */
  async unfinished(limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from labeling.labeling_run where status in ('QUEUED', 'RUNNING') and retrain_id is null order by id limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Another try of one that failed or was cancelled; what was done and paid stays so. */
  async reopen(id: string): Promise<void> {
    await this.dataSource.query(
      `update labeling.labeling_run set status = 'QUEUED', problem = null, finished_at = null
       where id = $1 and status in ('FAILED', 'CANCELLED')`,
      [id],
    );
  }

  async finish(
    id: string,
    status: JobStatus,
    problem: ProblemRecord | null,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<void> {
    await manager.query(
      `update labeling.labeling_run set status = $2, problem = $3, finished_at = now()
       where id = $1 and status in ('QUEUED', 'RUNNING')`,
      [id, status, problem && JSON.stringify(problem)],
    );
  }

  async addFeedback(id: string, joined: number): Promise<void> {
    await this.dataSource.query(
      'update labeling.labeling_run set feedback_joined = feedback_joined + $2 where id = $1',
      [id, joined],
    );
  }

  /** Fixes what the run will do: how many calls its metrics look at, and which answers each judge scores. */
  async plan(
    run: RunRow,
    withMetrics: boolean,
    judges: readonly { id: string; name: string; version: string }[],
  ): Promise<void> {
    const looked = withMetrics ? await this.calls.count(run.filter) : 0;
    await this.transaction(async (manager) => {
      for (const judge of judges) await this.sample(manager, run, judge);
      await manager.query(
        `update labeling.labeling_run r set planned = true, total = $2::int + t.tasks, done = t.done, labelled = t.labelled,
           abstained = t.abstained
         from (select count(*)::int as tasks, count(outcome)::int as done,
             (count(*) filter (where outcome = 'LABELLED'))::int as labelled,
             (count(*) filter (where outcome = 'ABSTAINED'))::int as abstained
           from labeling.labeling_task where run_id = $1) t
         where r.id = $1`,
        [run.id, looked],
      );
    });
  }

  /**
   * Draws the answers that a judge scores: first those that people scored, since they calibrate it, then others in an order that
   * depends on the seed and the ids alone. Answers that it has scored before stay in the sample, and are done.
   */
  private async sample(
    manager: EntityManager,
    { id, filter, seed, sampleSize, judgedModels }: RunRow,
    judge: { id: string; name: string; version: string },
  ): Promise<void> {
    const bound = new Bound();
    const [run, labeler, name, version] = [id, judge.id, judge.name, judge.version].map((value) => bound.bind(value));
    const shuffle = `md5(${bound.bind(String(seed))} || call.id::text)`;
    const human = `exists (select from labeling.label h where h.call_id = call.id and h.kind = 'HUMAN')`;
    const condition = conditionOf(filter, bound);
    const ofModels = judgedModels === null ? 'true' : answeredBy(judgedModels, bound);
    const limit = sampleSize === null ? '' : `limit ${bound.bind(sampleSize)}`;
    await this.calls.read(
      `insert into labeling.labeling_task (run_id, labeler_id, call_id, place, outcome)
       select ${run}::uuid, ${labeler}::uuid, drawn.id, drawn.place,
         case when l.id is not null then case when l.abstained then 'ABSTAINED' else 'LABELLED' end end
       from (
         select call.id, row_number() over (order by ${human} desc, ${shuffle}) as place
         from ingest.call_v1 call where ${ANSWERED} and ${condition} and ${ofModels}
         order by place ${limit}
       ) drawn
       left join labeling.label l on l.call_id = drawn.id and l.labeler = ${name} and l.labeler_version = ${version}
       on conflict do nothing`,
      bound.values,
      manager,
    );
  }

  /** Answers that a judge has yet to score, in the order of the sample. */
  openTasks(
    runId: string,
    labelerId: string,
    after: number,
    limit: number,
  ): Promise<(AnsweredCall & { place: number })[]> {
    return this.calls.read(
      `select call.id, call.trace_id as "traceId", call.query, call.messages, call.response, t.place
       from labeling.labeling_task t join ingest.call_v1 call on call.id = t.call_id
       where t.run_id = $1 and t.labeler_id = $2 and t.outcome is null and t.place > $3 order by t.place limit $4`,
      [runId, labelerId, after, limit],
    );
  }

  /** The array of ids has each found by the key; a join alone may read all tasks of the run for a few of them. */
  async closeTasks(
    manager: EntityManager,
    runId: string,
    labelerId: string,
    tasks: readonly JudgeTask[],
  ): Promise<void> {
    await manager.query(
      `update labeling.labeling_task t set outcome = d.outcome
       from jsonb_to_recordset($3::jsonb) as d("callId" uuid, outcome text)
       where t.run_id = $1 and t.labeler_id = $2 and t.call_id = any($4::uuid[]) and t.call_id = d."callId"`,
      [runId, labelerId, JSON.stringify(tasks), tasks.map(({ callId }) => callId)],
    );
  }

  /** How far the metrics have looked; null at the end. */
  async moveMetrics(manager: EntityManager, id: string, cursor: string | null): Promise<void> {
    await manager.query(
      `update labeling.labeling_run set metrics_cursor = coalesce($2::uuid, metrics_cursor), metrics_done = $2::uuid is null where id = $1`,
      [id, cursor],
    );
  }

  async tally(manager: EntityManager, id: string, tally: Tally): Promise<void> {
    const { done, labelled, abstained, unparseable, refused, spentUsd, inputTokens, outputTokens, unpriced } = tally;
    const added = [
      done,
      labelled,
      abstained,
      unparseable,
      refused,
      inputTokens,
      outputTokens,
      unpriced,
      tally.ambiguous,
    ];
    await manager.query(
      `update labeling.labeling_run set done = done + $2, labelled = labelled + $3, abstained = abstained + $4,
         unparseable = unparseable + $5, refused = refused + $6, input_tokens = input_tokens + $7,
         output_tokens = output_tokens + $8, unpriced = unpriced + $9, ambiguous = ambiguous + $10,
         spent_usd = spent_usd + (select coalesce(sum(cost::numeric), 0) from unnest($11::float8[]) cost)
       where id = $1`,
      [id, ...added.map((value) => value ?? 0), spentUsd ?? []],
    );
  }
}
