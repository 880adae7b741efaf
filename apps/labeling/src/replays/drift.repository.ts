import { Injectable } from '@nestjs/common';
import { needing } from '@signalbox/database';
import { DataSource, type EntityManager } from 'typeorm';
import { ANSWERED_BY } from '../calls/call-filter.js';

/** Of the prompts of a replay, how many are asked of the logged model again. */
export const ASKED_AGAIN_SHARE = 0.05;

/** New answers of the models that gave the logged ones. */
@Injectable()
export class DriftRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The first prompts are as random as any others, so that their logged models are asked again. */
  async askAgain(manager: EntityManager, id: string, names: readonly string[]): Promise<void> {
    await manager.query(
      `insert into labeling.replay_cell (id, replay_id, call_id, candidate, asked_again)
       select md5(p.replay_id::text || p.call_id::text || call.model_name)::uuid, p.replay_id, p.call_id, call.model_name, true
       from labeling.replay_prompt p join ingest.call_v1 call on call.id = p.call_id
       where p.replay_id = $1 and call.model_name is not null and not ${ANSWERED_BY} && $2::text[]
         and p.place <= (select ceil(${ASKED_AGAIN_SHARE} * count(*)) from labeling.replay_prompt q where q.replay_id = $1)
       on conflict do nothing`,
      [id, names.map((name) => name.toLowerCase())],
    );
  }

  /** How the score of a logged answer and of a new one of the same model differ, of calls that both have from one labeler. */
  async differences(id: string, aliases: ReadonlyMap<string, readonly string[]>): Promise<number[]> {
    const names = [...aliases].flatMap(([candidate, all]) =>
      all.map((name) => ({ candidate, name: name.toLowerCase() })),
    );
    const found = this.dataSource.query<{ difference: number }[]>(
      `select c.performance - p.performance as difference
       from labeling.replay_cell c
       join labeling.performance p on p.call_id = c.call_id and p.labeler = c.labeler
       join ingest.call_v1 call on call.id = c.call_id
       where c.replay_id = $1 and c.performance is not null and p.performance is not null
         and (c.asked_again or exists (
           select from jsonb_to_recordset($2::jsonb) as n(candidate text, name text)
           where n.candidate = c.candidate and n.name = any(${ANSWERED_BY})))
       order by c.id`,
      [id, JSON.stringify(names)],
    );
    return (await needing('ingest', 'The drift of a replay', found)).map(({ difference }) => difference);
  }
}
