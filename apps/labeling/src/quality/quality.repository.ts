import { MAX_LISTED, needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import type { JudgedScores } from '@signalbox/routers';
import { DataSource } from 'typeorm';
import { Bound, conditionOf, type StoredFilter } from '../calls/call-filter.js';

export interface ModelScores extends JudgedScores {
  modelName: string | null;
  judgeMean: number;
}

interface ScoreRow {
  modelName: string | null;
  judgeMean: number;
  aloneN: number;
  aloneMean: number | null;
  aloneVariance: number | null;
  bothN: number;
  humanMean: number | null;
  humanVariance: number | null;
  judgeMeanOfBoth: number | null;
  judgeVarianceOfBoth: number | null;
  covariance: number | null;
}

@Injectable()
export class QualityRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The version of a judge that labelled a call last; null when it has labelled none. */
  async newestVersion(judge: string): Promise<string | null> {
    const [row] = await this.dataSource.query<{ version: string }[]>(
      `select labeler_version as version from labeling.label
       where labeler = $1 and kind = 'JUDGE' and call_id is not null group by 1 order by max(created_at) desc limit 1`,
      [judge],
    );
    return row?.version ?? null;
  }

  /** Moments of the scores of a judge, and of people where they scored the same answer, by model; the most answers first. */
  async ofModels(judge: string, version: string, filter: StoredFilter): Promise<ModelScores[]> {
    const bound = new Bound();
    const [labeler, labelerVersion] = [bound.bind(judge), bound.bind(version)];
    const condition = conditionOf(filter, bound);
    const rows = await needing(
      'ingest',
      'The quality of models',
      this.dataSource.query<ScoreRow[]>(
        `select "modelName", avg(judge)::float8 as "judgeMean",
           (count(*) filter (where human is null))::int as "aloneN",
           (avg(judge) filter (where human is null))::float8 as "aloneMean",
           (var_samp(judge) filter (where human is null))::float8 as "aloneVariance",
           count(human)::int as "bothN", avg(human)::float8 as "humanMean", var_samp(human) as "humanVariance",
           (avg(judge) filter (where human is not null))::float8 as "judgeMeanOfBoth",
           (var_samp(judge) filter (where human is not null))::float8 as "judgeVarianceOfBoth",
           covar_samp(human, judge) as covariance
         from (
           select call.model_name as "modelName", j.score as judge, (
             select avg(h.score) from labeling.label h where h.call_id = j.call_id and h.kind = 'HUMAN') as human
           from labeling.label j join ingest.call_v1 call on call.id = j.call_id
           where j.kind = 'JUDGE' and j.labeler = ${labeler} and j.labeler_version = ${labelerVersion}
             and j.score is not null and ${condition}
         ) scored group by "modelName" order by count(*) desc, "modelName" limit ${MAX_LISTED}`,
        bound.values,
      ),
    );
    return rows.map((row) => ({
      ...{ modelName: row.modelName, judgeMean: row.judgeMean },
      judgeAlone: { n: row.aloneN, mean: row.aloneMean ?? 0, variance: row.aloneVariance ?? 0 },
      both: {
        human: { n: row.bothN, mean: row.humanMean ?? 0, variance: row.humanVariance ?? 0 },
        judge: { n: row.bothN, mean: row.judgeMeanOfBoth ?? 0, variance: row.judgeVarianceOfBoth ?? 0 },
        covariance: row.covariance ?? 0,
      },
    }));
  }
}
