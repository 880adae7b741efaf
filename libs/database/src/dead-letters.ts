import type { ServiceName } from '@signalbox/contracts';
import type { DataSource } from 'typeorm';

/** Enough of a stack to find the line. */
const CAUSE_CHARACTERS = 4_000;

export interface DeadLetter {
  queue: string;
  /** Kind of the job, e.g. `extract`. */
  job: string;
  /** The work: two jobs of one key are the same. */
  key: string;
  /** Ids, never data. */
  payload: unknown;
  cause: Error;
}

/** What a service could not do, kept until somebody has read it: table `<service>.dead_letter`. */
export class DeadLetters {
  constructor(
    private readonly service: ServiceName,
    private readonly dataSource: DataSource,
  ) {}

  /** The same work twice is one row that counts. */
  async park({ queue, job, key, payload, cause }: DeadLetter): Promise<void> {
    const text = (cause.stack ?? cause.message).replaceAll('\0', '').slice(0, CAUSE_CHARACTERS);
    await this.dataSource.query(
      `insert into ${this.service}.dead_letter as d (queue, job, key, payload, cause) values ($1, $2, $3, $4, $5)
       on conflict (queue, job, key) do update set cause = excluded.cause, times = d.times + 1, last_at = now()`,
      [queue, job, key, JSON.stringify(payload ?? null), text],
    );
  }
}
