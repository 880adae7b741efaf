import { Injectable } from '@nestjs/common';
import type { EvaluationRecord } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { StoredGateInput } from './compare.js';

export interface NewEvaluation {
  id: string;
  datasetId: string;
  record: EvaluationRecord;
  /** By id of the run. */
  gateInputs: ReadonlyMap<string, StoredGateInput | null>;
}

/** Of records from before there was any. */
const UNTOLD = { judges: [], notes: [] };

@Injectable()
export class EvaluationsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async byId(ids: readonly string[]): Promise<Map<string, EvaluationRecord & { id: string }>> {
    const rows = await this.dataSource.query<{ id: string; record: EvaluationRecord }[]>(
      'select id, record from training.evaluation where id = any($1::uuid[])',
      [ids.filter((id) => isUuid(id))],
    );
    return new Map(rows.map(({ id, record }) => [id, { ...UNTOLD, ...record, id }]));
  }

  async record(id: string): Promise<EvaluationRecord | null> {
    return (await this.byId([id])).get(id) ?? null;
  }

  /** The report and what the gate needs, for all runs at once; the first one written stays. */
  async insert({ id, datasetId, record, gateInputs }: NewEvaluation, fence: JobContext['fence']): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await fence(manager);
      const written = await manager.query<unknown[]>(
        'insert into training.evaluation (id, dataset_id, record) values ($1, $2, $3) on conflict do nothing returning id',
        [id, datasetId, JSON.stringify(record)],
      );
      if (written.length === 0) return;
      for (const [runId, gateInput] of gateInputs) {
        await manager.query('update training.training_run set evaluation_id = $2, gate_input = $3 where id = $1', [
          runId,
          id,
          gateInput && JSON.stringify(gateInput),
        ]);
      }
    });
  }
}
