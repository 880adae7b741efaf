import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CLOCK, type Clock } from '../ingest.environment.js';
import { ForgottenRepository } from './forgotten.repository.js';

const DAY_MS = 86_400_000;
/** What is removed is looked for by every service, which costs the same for one call as for thousands. */
const REMOVE_EVERY = `interval '1 hour'`;

/** The start of the oldest call that the source keeps; null: it keeps all. */
export async function keptFrom(manager: EntityManager, sourceId: string, now: Date): Promise<Date | null> {
  const [source] = await manager.query<{ days: number | null }[]>(
    'select retention_days as days from ingest.trace_source where id = $1',
    [sourceId],
  );
  return source?.days ? new Date(now.getTime() - source.days * DAY_MS) : null;
}

/** Removes calls that are older than their source keeps them. */
@Injectable()
export class RetentionJob {
  constructor(
    private readonly dataSource: DataSource,
    private readonly forgotten: ForgottenRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Sources with calls that have been too old for a while. */
  async overdue(): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select source.id from ingest.trace_source source where source.retention_days is not null and exists (
         select from ingest.llm_call call where call.source_id = source.id
           and call.id < ingest.id_at($1::timestamptz - ${REMOVE_EVERY} - make_interval(days => source.retention_days)))`,
      [this.clock()],
    );
    return rows.map(({ id }) => id);
  }

  /** May be stopped at any moment and called again. */
  async run(sourceId: string, signal: AbortSignal): Promise<void> {
    const oldest = await keptFrom(this.dataSource.manager, sourceId, this.clock());
    if (oldest === null) return;
    const condition = 'call.source_id = $2 and call.id < ingest.id_at($3)';
    await this.forgotten.forget({ condition, values: [sourceId, oldest], removal: 'forNow' }, signal);
    await this.forgotten.forgetOld();
  }
}
