import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../ingest.environment.js';

/** Rows of one statement: nobody waits long for it. */
const BATCH = 5_000;
const DAY_MS = 86_400_000;

interface Kept {
  id: string;
  retentionDays: number;
}

/** Removes calls that are older than their source keeps them. */
@Injectable()
export class RetentionJob {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Sources with calls that are too old. */
  async overdue(): Promise<string[]> {
    const overdue: string[] = [];
    for (const source of await this.kept()) {
      const [found] = await this.dataSource.query<unknown[]>(
        'select 1 from ingest.llm_call where source_id = $1 and id < ingest.id_at($2) limit 1',
        [source.id, this.oldest(source)],
      );
      if (found) overdue.push(source.id);
    }
    return overdue;
  }

  /** May be stopped at any moment and called again. */
  async run(sourceId: string, signal: AbortSignal): Promise<void> {
    const source = (await this.kept()).find(({ id }) => id === sourceId);
    if (!source) return;
    for (let removed = BATCH; removed === BATCH && !signal.aborted;) {
      const [gone] = await this.dataSource.query<{ n: number }[]>(
        `with gone as (delete from ingest.llm_call where id in (
           select id from ingest.llm_call where source_id = $1 and id < ingest.id_at($2) order by id limit $3) returning id)
         select count(*)::int as n from gone`,
        [sourceId, this.oldest(source), BATCH],
      );
      removed = gone?.n ?? 0;
    }
  }

  private kept(): Promise<Kept[]> {
    return this.dataSource.query(
      `select id, retention_days as "retentionDays" from ingest.trace_source where retention_days is not null order by id`,
    );
  }

  private oldest({ retentionDays }: Kept): Date {
    return new Date(this.clock().getTime() - retentionDays * DAY_MS);
  }
}
