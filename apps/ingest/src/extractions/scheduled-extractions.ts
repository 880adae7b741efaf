import { Inject, Injectable } from '@nestjs/common';
import { JobStatus } from '@signalbox/contracts/graphql';
import { DataSource, IsNull, In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '../ingest.environment.js';
import { nextRun } from '../sources/cron.js';
import { TraceSourceEntity } from '../sources/source.entity.js';
import { ExtractionEntity } from './extraction.entity.js';
import { ExtractionRepository } from './extraction.repository.js';
import { LAG_MS, OVERLAP_MS } from './reach.js';

/** Sources looked at in one tick. */
const AT_ONCE = 20;

/** Extractions that nobody has to ask for: every source with a schedule is read on from its watermark when its time comes. */
@Injectable()
export class ScheduledExtractions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly extractions: ExtractionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes the extractions whose time has come, each once, however many processes look at it. */
  async makeDue(): Promise<void> {
    const now = this.clock();
    const { manager } = this.dataSource;
    const due = await manager.find(TraceSourceEntity, {
      select: { id: true },
      where: { nextRunAt: LessThanOrEqual(now) },
      order: { nextRunAt: 'ASC' },
      take: AT_ONCE,
    });
    for (const { id } of due) await this.dataSource.transaction((within) => this.makeOne(within, id, now));
  }

  private async makeOne(manager: EntityManager, id: string, now: Date): Promise<void> {
    const source = await manager.findOne(TraceSourceEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (source?.schedule == null || source.nextRunAt === null || source.nextRunAt > now) return;
    const open = {
      sourceId: id,
      status: In([JobStatus.QUEUED, JobStatus.RUNNING]),
      retrainId: IsNull(),
      received: false,
    };
    // One that takes longer than its interval is followed by the next as soon as it ends, which reads on from where it came to.
    if (await manager.existsBy(ExtractionEntity, open)) return;
    const from = new Date((source.watermark ?? source.createdAt).getTime() - OVERLAP_MS);
    const to = new Date(now.getTime() - LAG_MS);
    if (from < to) await this.extractions.insert(manager, { id: uuidv7(), sourceId: id, retrainId: null, from, to });
    await manager.update(TraceSourceEntity, { id }, { nextRunAt: nextRun(source.schedule, now) });
  }
}
