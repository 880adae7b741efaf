import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NIL } from 'uuid';
import { CandidateBook, type PricedCandidate } from './candidate-book.js';
import { isMissingView } from '@signalbox/database';

/** Calls of one statement of {@link CandidateRepository.resolveNext}: short enough to keep row locks brief. */
const BATCH = 20_000;

@Injectable()
export class CandidateRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Empty while registry is not deployed: calls then keep the name of the model that answered. */
  async book(): Promise<CandidateBook> {
    try {
      const rows = await this.dataSource.query<PricedCandidate[]>(
        `select name, aliases, input_price as "inputPrice", output_price as "outputPrice",
           cached_input_price as "cachedInputPrice"
         from registry.candidate_v1 order by router, position`,
      );
      return new CandidateBook(rows);
    } catch (error) {
      if (isMissingView(error)) return new CandidateBook([]);
      throw error;
    }
  }

  /** Pairs of models as spans name them. */
  models(): Promise<{ requestModel: string | null; responseModel: string | null }[]> {
    return this.dataSource.query(
      `select distinct request_model as "requestModel", response_model as "responseModel" from ingest.llm_call`,
    );
  }

  /**
   * Writes names and estimated costs of the batch of calls after `after`, where they differ.
   * @returns where the next batch starts; null at the end
   */
  async resolveNext(
    book: CandidateBook,
    models: Awaited<ReturnType<CandidateRepository['models']>>,
    after: string | null,
  ) {
    const [last] = await this.dataSource.query<{ id: string }[]>(
      `select id from (select id from ingest.llm_call where id > $1 order by id limit ${BATCH}) batch
       order by id desc limit 1`,
      [after ?? NIL],
    );
    if (!last) return null;
    const resolved = models.map((pair) => ({ ...pair, ...book.resolve(pair.requestModel, pair.responseModel) }));
    await this.dataSource.query(RESOLVE, [
      after ?? NIL,
      last.id,
      JSON.stringify(
        resolved.map(({ requestModel, responseModel, modelName, candidate }) => ({
          request_model: requestModel ?? '',
          response_model: responseModel ?? '',
          model_name: modelName,
          input_price: candidate?.inputPrice ?? null,
          output_price: candidate?.outputPrice ?? null,
          cached_price: candidate?.cachedInputPrice ?? candidate?.inputPrice ?? null,
        })),
      ),
    ]);
    return last.id;
  }
}

/** The same arithmetic as `estimateCost`; a cost that a span reported is never touched. */
const RESOLVE = `
  update ingest.llm_call call set model_name = resolved.model_name, cost_usd = resolved.cost_usd, cost_estimated = resolved.estimated
  from (
    select c.id, m.model_name,
      case when c.cost_usd is null or c.cost_estimated then p.cost else c.cost_usd end as cost_usd,
      (c.cost_usd is null or c.cost_estimated) and p.cost is not null as estimated
    from ingest.llm_call c
    join jsonb_to_recordset($3::jsonb) as m(request_model text, response_model text, model_name text,
        input_price float8, output_price float8, cached_price float8)
      on coalesce(c.request_model, '') = m.request_model and coalesce(c.response_model, '') = m.response_model
    cross join lateral (select least(coalesce(c.cached_input_tokens, 0), c.input_tokens) as cached) k
    cross join lateral (
      select ((c.input_tokens - k.cached) * m.input_price + k.cached * m.cached_price + c.output_tokens * m.output_price)
        / 1000000 as cost
    ) p
    where c.id > $1 and c.id <= $2
  ) resolved
  where call.id = resolved.id and call.id > $1 and call.id <= $2
    and (call.model_name, call.cost_usd, call.cost_estimated)
      is distinct from (resolved.model_name, resolved.cost_usd, resolved.estimated)`;
