import { Injectable } from '@nestjs/common';
import { type RetrainRow } from '@signalbox/contracts';
import { runningRetrain } from '@signalbox/database';
import { DataSource } from 'typeorm';
import { ReplayRepository } from './replays/replay.repository.js';
import { RunRepository } from './runs/run.repository.js';

/** More are put on the queue at the next look. */
const RECONCILED_AT_ONCE = 100;

/** What is to be done, as PostgreSQL knows it. */
@Injectable()
export class WorkRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly replays: ReplayRepository,
  ) {}

  unfinishedRuns(): Promise<string[]> {
    return this.runs.unfinished(RECONCILED_AT_ONCE);
  }

  unfinishedReplays(): Promise<string[]> {
    return this.replays.unfinished(RECONCILED_AT_ONCE);
  }

  /** A retrain that runs; null when it is gone, ended or cancelled. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  retrain(id: string): Promise<RetrainRow | null> {
    return runningRetrain(this.dataSource, id);
  }
}
