import { MAX_LISTED, needing } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import type { Calibration, RatedPair } from '@signalbox/scoring';
import { DataSource } from 'typeorm';

export interface CalibrationRow extends Calibration {
  judge: string;
  version: string;
}

@Injectable()
export class CalibrationRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Answers that this judge and people scored, people's mean where there are several, in order of the call. */
  pairs(judge: string, version: string): Promise<RatedPair[]> {
    return needing(
      'ingest',
      'Calibration',
      this.dataSource.query<RatedPair[]>(
        `select j.score as judge, avg(h.score) as human, length(call.response)::int as "answerLength",
           coalesce(call.model_name, call.response_model) as model
         from labeling.label j
         join labeling.label h on h.call_id = j.call_id and h.kind = 'HUMAN' and h.score is not null
         left join ingest.call_v1 call on call.id = j.call_id
         where j.kind = 'JUDGE' and j.labeler = $1 and j.labeler_version = $2 and j.score is not null
         group by j.call_id, j.score, call.response, call.model_name, call.response_model order by j.call_id`,
        [judge, version],
      ),
    );
  }

  /**
   * Keeps a calibration. @returns whether labels must be resolved again: the gate's answer changed, or a change before was not
   * carried through.
   */
  async save(judge: string, version: string, calibration: Calibration): Promise<boolean> {
    const { pairs, kappa, kappaCi95, spearman, spearmanCi95, lengthSlope, families, canaries, passesGate, reason } =
      calibration;
    const [row] = await this.dataSource.query<{ applied: boolean }[]>(
      `insert into labeling.calibration as c
         (judge, version, pairs, kappa, kappa_ci95, spearman, length_slope, passes_gate, reason, families, canaries,
         spearman_ci95, applied)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, not $8)
       on conflict (judge, version) do update set pairs = excluded.pairs, kappa = excluded.kappa,
         kappa_ci95 = excluded.kappa_ci95, spearman = excluded.spearman, length_slope = excluded.length_slope,
         passes_gate = excluded.passes_gate, reason = excluded.reason, families = excluded.families,
         canaries = excluded.canaries, spearman_ci95 = excluded.spearman_ci95, updated_at = now(),
         applied = c.applied and c.passes_gate = excluded.passes_gate
       returning applied`,
      [
        ...[judge, version, pairs, kappa, kappaCi95, spearman, lengthSlope, passesGate, reason],
        ...[JSON.stringify(families), canaries && JSON.stringify(canaries), spearmanCi95],
      ],
    );
    return row?.applied === false;
  }

  async applied(judge: string, version: string): Promise<void> {
    await this.dataSource.query('update labeling.calibration set applied = true where judge = $1 and version = $2', [
      judge,
      version,
    ]);
  }

  all(judge: string | null): Promise<CalibrationRow[]> {
    return this.dataSource.query(
      `select judge, version, pairs, kappa, kappa_ci95 as "kappaCi95", spearman, spearman_ci95 as "spearmanCi95", length_slope as "lengthSlope",
         passes_gate as "passesGate", reason, families, canaries
       from labeling.calibration where $1::text is null or judge = $1 order by judge, updated_at desc limit ${MAX_LISTED}`,
      [judge],
    );
  }

  /** `name@version` of every judge that passes the gate. */
  async passed(): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ labeler: string }[]>(
      `select judge || '@' || version as labeler from labeling.calibration where passes_gate`,
    );
    return new Set(rows.map(({ labeler }) => labeler));
  }
}
