import { Injectable } from '@nestjs/common';
import { Forgotten } from '@signalbox/database';
import { type JobContext } from '@signalbox/queue';
import { VerdictRepository } from '../judges/verdict.repository.js';
import { LabelRepository } from '../labels/label.repository.js';
import { PairwiseRepository } from '../pairwise/pairwise.repository.js';
import type { CellDone } from './cell-work.js';
import { ReplayRepository } from './replay.repository.js';

/** Keeps what became of cells: answers, labels, verdicts, comparisons and money, in one transaction. */
@Injectable()
export class CellWriter {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly labels: LabelRepository,
    private readonly verdicts: VerdictRepository,
    private readonly pairwise: PairwiseRepository,
    private readonly forgotten: Forgotten,
  ) {}

  async write(replayId: string, batch: readonly CellDone[], fence: JobContext['fence']): Promise<void> {
    await this.replays.transaction(async (manager) => {
      await fence(manager);
      await this.forgotten.hold(manager); // before any row: erasing waits for rows while it holds this
      await this.replays.lockCells(
        manager,
        batch.map(({ cellId }) => cellId),
      );
      await this.replays.answered(
        manager,
        batch.flatMap(({ answer }) => answer ?? []),
      );
      const there = await this.labels.add(
        manager,
        'replay_cell_id',
        batch.flatMap(({ label }) => label?.label ?? []),
      );
      await this.verdicts.keep(
        manager,
        batch.flatMap(({ cellId, label }) => (there.has(cellId) ? (label?.verdicts ?? []) : [])),
      );
      await this.replays.labelled(
        manager,
        batch.flatMap(({ cellId, label }) => (label ? [{ id: cellId, outcome: label.outcome }] : [])),
      );
      await this.pairwise.keep(
        manager,
        batch.flatMap(({ comparison }) => comparison ?? []),
      );
      const paid = batch.map(({ costUsd }) => costUsd).filter((usd) => usd > 0);
      const unpriced = batch.reduce((sum, done) => sum + done.unpriced, 0);
      if (paid.length + unpriced > 0) await this.replays.spend(manager, replayId, paid, unpriced);
    });
  }
}
