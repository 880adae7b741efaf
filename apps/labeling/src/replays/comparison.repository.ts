import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A new answer beside the logged one. */
export interface ComparedCell {
  candidate: string;
  inclusion: number;
  score: number | null;
  /** Of the logged answer, by the version of the labeler that scored the new one. */
  loggedScore: number | null;
}

export interface ComparedPrompt extends Omit<ComparedCell, 'candidate'> {
  /** Whether the challenger chose another candidate than the one that answered. */
  differs: boolean;
}

const LOGGED_SCORE = `left join lateral (
  select score from labeling.label where call_id = p.call_id and score is not null
    and labeler || '@' || labeler_version = c.labeler
  order by created_at desc limit 1) l on c.performance is not null`;

/** New answers of a replay beside the logged ones. */
@Injectable()
export class ComparisonRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Every cell of a candidate; those of logged models that are asked again are not among them. */
  cells(replayId: string): Promise<ComparedCell[]> {
    return this.dataSource.query(
      `select c.candidate, p.inclusion_share as inclusion, c.performance as score, l.score as "loggedScore"
       from labeling.replay_cell c
       join labeling.replay_prompt p on p.replay_id = c.replay_id and p.call_id = c.call_id
       ${LOGGED_SCORE}
       where c.replay_id = $1 and not c.asked_again order by c.id`,
      [replayId],
    );
  }

  /** Every prompt of a replay that asked the challenger's choices. */
  prompts(replayId: string): Promise<ComparedPrompt[]> {
    return this.dataSource.query(
      `select p.inclusion_share as inclusion, p.differs, c.performance as score, l.score as "loggedScore"
       from labeling.replay_prompt p
       left join labeling.replay_cell c
         on c.replay_id = p.replay_id and c.call_id = p.call_id and c.candidate = p.choice and not c.asked_again
       ${LOGGED_SCORE}
       where p.replay_id = $1 and p.differs is not null order by p.call_id`,
      [replayId],
    );
  }
}
