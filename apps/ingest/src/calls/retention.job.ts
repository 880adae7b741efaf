import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../ingest.environment.js';
import { ForgottenRepository } from './forgotten.repository.js';

const DAY_MS = 86_400_000;

/** Removes calls that are older than their source keeps them. */
@Injectable()
export class RetentionJob {
  constructor(
    private readonly dataSource: DataSource,
    private readonly forgotten: ForgottenRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Sources with calls that are too old. */
  async overdue(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select source.id from ingest.trace_source source where source.retention_days is not null and exists (
         select from ingest.llm_call call where call.source_id = source.id
           and call.id < ingest.id_at($1::timestamptz - make_interval(days => source.retention_days)))`,
      [this.clock()],
    );
    return rows.map(({ id }) => id);
  }

  /** May be stopped at any moment and called again. */
  async run(sourceId: string, signal: AbortSignal): Promise<void> {
    const [source] = await this.dataSource.query<{ retentionDays: number }[]>(
      `select retention_days as "retentionDays" from ingest.trace_source where id = $1 and retention_days is not null`,
      [sourceId],
    );
    if (!source) return;
    const oldest = new Date(this.clock().getTime() - source.retentionDays * DAY_MS);
    const condition = 'call.source_id = $2 and call.id < ingest.id_at($3)';
    await this.forgotten.forget({ condition, values: [sourceId, oldest] }, signal);
  }
}
