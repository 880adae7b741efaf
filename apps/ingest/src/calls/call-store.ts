import { Inject, Injectable } from '@nestjs/common';
import type { Extraction } from '@signalbox/spans';
import type { QueryRunner } from 'typeorm';
import type { StoredPart } from '../extractions/extraction-counts.js';
import { CLOCK, type Clock } from '../ingest.environment.js';
import type { RowContext } from './call-row.js';
import { storeCalls } from './call-writer.js';
import { ForgottenRepository } from './forgotten.repository.js';
import { keptFrom } from './retention.job.js';

const NANOS_PER_MS = 1_000_000n;

/** The one way in which calls come into the database. */
@Injectable()
export class CallStore {
  constructor(
    private readonly forgotten: ForgottenRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Stores what was read, inside the transaction that `runner` is in, but for what was forgotten or is older than the source keeps.
   * @param superseded ids under which spans that report no call of their own might have been stored, from a part of their trace
   */
  async store(
    runner: QueryRunner,
    extracted: Extraction,
    superseded: readonly string[],
    context: RowContext,
  ): Promise<StoredPart> {
    const forgotten = await this.forgotten.among(runner, extracted.calls);
    const oldest = await keptFrom(runner.manager, context.sourceId, this.clock());
    const left = extracted.calls.filter(({ id }) => !forgotten.has(id));
    const calls = left.filter(
      ({ startedAtUnixNano }) => oldest === null || BigInt(startedAtUnixNano) / NANOS_PER_MS >= oldest.getTime(),
    );
    const stored = await storeCalls(runner, calls, context);
    // One that was stored before its user was known goes now.
    const removed = await this.forgotten.remove(runner.manager, { forGood: [...forgotten], forNow: superseded });
    const refused = { forgotten: forgotten.size, expired: left.length - calls.length };
    return { extracted, stored, superseded: removed.forNow, refused };
  }
}
