import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export interface CachedVerdict {
  key: string;
  /** Null when the judge abstained. */
  score: number | null;
  rationale: string;
  costUsd: number;
}

/** Verdicts that were paid for, by what they depend on. */
@Injectable()
export class VerdictRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** By key. */
  async find(keys: readonly string[]): Promise<Map<string, CachedVerdict>> {
    const rows = await this.dataSource.query<CachedVerdict[]>(
      'select key, score, rationale, cost_usd as "costUsd" from labeling.verdict where key = any($1::text[])',
      [keys],
    );
    return new Map(rows.map((row) => [row.key, row]));
  }

  async keep(manager: EntityManager, verdicts: readonly CachedVerdict[]): Promise<void> {
    if (verdicts.length === 0) return;
    await manager.query(
      `insert into labeling.verdict (key, score, rationale, cost_usd)
       select key, score, rationale, "costUsd" from jsonb_to_recordset($1::jsonb) as v(key text, score float8, rationale text, "costUsd" float8)
       order by key on conflict (key) do nothing`,
      [JSON.stringify(verdicts)],
    );
  }
}
