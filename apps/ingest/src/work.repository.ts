import { Injectable } from '@nestjs/common';
import { retrainRequest, type RetrainRow } from '@signalbox/contracts';
import { needing } from '@signalbox/database';
import { DataSource } from 'typeorm';
import { ExtractionRepository } from './extractions/extraction.repository.js';

/** More are put on the queue at the next look. */
const RECONCILED_AT_ONCE = 100;

/** What is to be done, as PostgreSQL knows it. */
@Injectable()
export class WorkRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly extractions: ExtractionRepository,
  ) {}

  unfinishedExtractions(): Promise<string[]> {
    return this.extractions.unfinished(RECONCILED_AT_ONCE);
  }

  /** A retrain that runs; null when it is gone, ended or cancelled. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async retrain(id: string): Promise<RetrainRow | null> {
    const rows = this.dataSource.query<{ router: string; request: unknown; outputs: RetrainRow['outputs'] }[]>(
      `select router, request, outputs from training.retrain_v1 where id = $1 and status = 'RUNNING'`,
      [id],
    );
    const [row] = await needing('training', 'A retrain', rows);
    return row ? { id, router: row.router, request: retrainRequest.parse(row.request), outputs: row.outputs } : null;
  }
}
