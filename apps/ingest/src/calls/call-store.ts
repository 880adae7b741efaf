import { Injectable } from '@nestjs/common';
import type { Extraction } from '@signalbox/spans';
import type { QueryRunner } from 'typeorm';
import type { StoredPart } from '../extractions/extraction-counts.js';
import type { RowContext } from './call-row.js';
import { storeCalls } from './call-writer.js';
import { ForgottenRepository } from './forgotten.repository.js';

/** The one way in which calls come into the database. */
@Injectable()
export class CallStore {
  constructor(private readonly forgotten: ForgottenRepository) {}

  /**
   * Stores what was read, inside the transaction that `runner` is in, but for what was forgotten.
   * @param superseded ids under which spans that report no call of their own might have been stored, from a part of their trace
   */
  async store(
    runner: QueryRunner,
    extracted: Extraction,
    superseded: readonly string[],
    context: RowContext,
  ): Promise<StoredPart> {
    const forgotten = await this.forgotten.among(runner, extracted.calls);
    const calls = extracted.calls.filter(({ id }) => !forgotten.has(id));
    const stored = await storeCalls(runner, calls, context);
    // One that was stored before its user was known goes now.
    const removed = await this.forgotten.remove(runner.manager, { forgotten: [...forgotten], superseded });
    return { extracted, stored, superseded: removed.superseded, forgotten: forgotten.size };
  }
}
