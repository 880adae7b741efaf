import { Injectable } from '@nestjs/common';
import { CALIBRATION_PAIRS, CANARIES, CANARY_ANSWERS, type CanaryKind, type CanaryVerdict } from '@signalbox/scoring';
import type { EntityManager } from 'typeorm';
import { ANSWERED } from '../calls/call-filter.js';
import { CallsRepository, type AnsweredCall } from '../calls/calls.repository.js';
import { LabelRepository } from '../labels/label.repository.js';
import type { JudgeOutcome } from './judge.js';

export type OpenCanary = AnsweredCall & { kind: CanaryKind };

export interface CanaryDone {
  callId: string;
  kind: CanaryKind;
  outcome: JudgeOutcome;
  score: number | null;
}

/** Canaries of one version of a judge: drawn once, each answered once. */
@Injectable()
export class CanaryRepository {
  constructor(
    private readonly calls: CallsRepository,
    private readonly labels: LabelRepository,
  ) {}

  /**
   * Draws the answers, unless they are drawn or the judge has scored too few to pass its gate. The worst in the eyes of people come
   * first, then those of the judge: the score of a bad answer has room to rise.
   */
  async draw(judge: string, version: string): Promise<void> {
    await this.labels.transaction(async (manager) => {
      await this.calls.read(
        `insert into labeling.canary (judge, version, call_id, kind, logged_score)
         select $1, $2, drawn.call_id, kind, drawn.score
         from (
           select l.call_id, l.score from labeling.label l join ingest.call_v1 call on call.id = l.call_id and ${ANSWERED}
           left join (select call_id, avg(score) as score from labeling.label where kind = 'HUMAN' group by call_id) people
             on people.call_id = l.call_id
           where l.labeler = $1 and l.labeler_version = $2 and l.kind = 'JUDGE' and l.score is not null
           order by people.score is null, coalesce(people.score, l.score), md5(l.call_id::text) limit ${CANARY_ANSWERS}
         ) drawn cross join unnest($3::text[]) as kind
         where not exists (select from labeling.canary where judge = $1 and version = $2)
           and ${CALIBRATION_PAIRS} <= (select count(*) from labeling.label
             where labeler = $1 and labeler_version = $2 and kind = 'JUDGE' and score is not null and call_id is not null)
         on conflict do nothing`,
        [judge, version, CANARIES],
        manager,
      );
    });
  }

  /** Those that the judge has yet to answer. */
  open(judge: string, version: string): Promise<OpenCanary[]> {
    return this.calls.read(
      `select call.id, call.trace_id as "traceId", call.query, call.messages, call.response, c.kind
       from labeling.canary c join ingest.call_v1 call on call.id = c.call_id
       where c.judge = $1 and c.version = $2 and c.outcome is null order by c.call_id, c.kind`,
      [judge, version],
    );
  }

  async close(manager: EntityManager, judge: string, version: string, done: readonly CanaryDone[]): Promise<void> {
    await manager.query(
      `update labeling.canary c set outcome = d.outcome, score = d.score
       from jsonb_to_recordset($3::jsonb) as d("callId" uuid, kind text, outcome text, score float8)
       where c.judge = $1 and c.version = $2 and c.call_id = d."callId" and c.kind = d.kind`,
      [judge, version, JSON.stringify(done)],
    );
  }

  /** @returns null until all were asked */
  async verdicts(judge: string, version: string): Promise<CanaryVerdict[] | null> {
    const rows = await this.calls.read<CanaryVerdict & { outcome: JudgeOutcome | null }>(
      `select kind, score, logged_score as "loggedScore", outcome from labeling.canary
       where judge = $1 and version = $2 order by call_id, kind`,
      [judge, version],
    );
    return rows.length === 0 || rows.some(({ outcome }) => outcome === null) ? null : rows;
  }
}
