import { ELIGIBLE_CALL } from '@signalbox/contracts';

/**
 * The cells of a call come from one replay: this retrain's own, else the one that knows most candidates, since some replays ask but one,
 * and of these the latest; ids are uuids of version 7, those of retrains and of replays that nobody's retrain asked for. Cells of other routers' retrains are none of ours. What an earlier replay drew at random
 * is no random part of the calls of now, so that a retrain takes its own slice alone for random.
 *
 * @param condition on the calls, c, and their performances, p; its parameters come after the three of this: retrain, router, and
 *   candidates by each of their names in lower case, as JSON
 */
export const knownCalls = (condition: string): string => `
  with names as (select key as model, value as name from jsonb_each_text($3::jsonb)),
  replayed_cell as (
    select r.call_id, r.retrain_id, r.replay_id, n.name as candidate, r.performance, r.labeler, r.kind, r.cost_usd,
      $1::uuid is not null and r.retrain_id is not distinct from $1::uuid as is_own,
      r.in_random_slice and ($1::uuid is null or r.retrain_id is not distinct from $1::uuid) as in_random_slice,
      lower(r.candidate) = lower(n.name) as by_own_name, count(*) over (partition by r.call_id, r.replay_id) as cells
    from labeling.replay_cell_v1 r
    join names n on n.model = lower(r.candidate)
    left join training.retrain t on t.id = r.retrain_id
    where r.performance is not null and r.labeler is not null and (r.retrain_id is null or t.router = $2)
  ),
  ranked as (
    select *, dense_rank() over (partition by call_id
      order by is_own desc, cells desc, coalesce(retrain_id, replay_id) desc, replay_id desc) as place
    from replayed_cell
  ),
  cell as (
    select distinct on (call_id, candidate) call_id, candidate, performance, labeler, kind, cost_usd, in_random_slice
    from ranked where place = 1
    order by call_id, candidate, by_own_name desc, labeler, performance, cost_usd
  )
  select c.id, (extract(epoch from c.started_at) * 1000)::float8 as started_ms, c.query, c.session_id,
    coalesce(by_name.name, by_response.name, by_request.name) as candidate, c.chosen_candidate, c.propensity, c.probabilities,
    c.cost_usd, c.response_time_seconds, p.performance, p.labeler, p.kind, replayed.cells as replayed,
    checked.scores as checked
  from (select * from ingest.call_v1 where ${ELIGIBLE_CALL}) c
  left join names by_name on by_name.model = lower(c.model_name)
  left join names by_response on by_response.model = lower(c.response_model)
  left join names by_request on by_request.model = lower(c.request_model)
  left join labeling.performance_v1 p on p.call_id = c.id
  left join (select call_id, jsonb_agg(to_jsonb(cell) - 'call_id' order by candidate) as cells from cell group by call_id) replayed
    on replayed.call_id = c.id
  left join (
    select call_id, jsonb_build_object('people', max(people), 'judges', jsonb_object_agg(labeler, judge)) as scores
    from labeling.judge_pair_v1 group by call_id) checked on checked.call_id = c.id
  where coalesce(by_name.name, by_response.name, by_request.name) is not null and ${condition}
  order by c.id`;
