import { isMissingView } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The means of candidates differ by points; the newest of so many calls tell them to a third of a point. */
const MAX_LABELLED_CALLS = 20_000;

/** A scored call that one of the names answered. Names are in lower case. */
export interface LabelledCall {
  id: string;
  responseModel: string | null;
  modelName: string | null;
  chosenCandidate: string | null;
  propensity: number | null;
  costUsd: number | null;
  responseTimeSeconds: number;
  performance: number;
  kind: string;
  labeler: string;
}

/** What labels say about candidates, from the views of ingest and labeling. */
@Injectable()
export class EvidenceRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The newest scored calls of any of these models.
   * @param names in lower case
   * @returns null when ingest or labeling is not deployed here
   */
  async labelledCalls(names: readonly string[]): Promise<LabelledCall[] | null> {
    try {
      return await this.dataSource.query<LabelledCall[]>(
        `select call.id, lower(call.response_model) as "responseModel", lower(call.model_name) as "modelName",
           lower(call.chosen_candidate) as "chosenCandidate", call.propensity, call.cost_usd as "costUsd",
           call.response_time_seconds as "responseTimeSeconds", p.performance, p.kind, p.labeler
         from labeling.performance_v1 p join ingest.call_v1 call on call.id = p.call_id
         where lower(call.response_model) = any($1) or lower(call.model_name) = any($1)
         order by call.id desc limit ${MAX_LABELLED_CALLS}`,
        [names],
      );
    } catch (error) {
      if (isMissingView(error)) return null;
      throw error;
    }
  }
}
