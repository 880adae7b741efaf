import type { ProblemRecord } from '@signalbox/contracts';
import type { JobStatus } from '@signalbox/contracts/graphql';
import type { Coverage } from '@signalbox/spans';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'ingest', name: 'extraction' })
export class ExtractionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'source_id' })
  sourceId!: string;

  /** Set when the stage of a retrain owns it. */
  @Column('uuid', { name: 'retrain_id', nullable: true })
  retrainId!: string | null;

  @Column('timestamptz', { name: 'from_time' })
  from!: Date;

  @Column('timestamptz', { name: 'to_time' })
  to!: Date;

  @Column('text')
  status!: JobStatus;

  @Column('integer', { name: 'spans_read' })
  spansRead!: number;

  @Column('integer', { name: 'calls_stored' })
  callsStored!: number;

  @Column('integer', { name: 'calls_duplicate' })
  callsDuplicate!: number;

  @Column('integer', { name: 'calls_superseded' })
  callsSuperseded!: number;

  @Column('integer', { name: 'spans_merged' })
  spansMerged!: number;

  @Column('jsonb')
  skipped!: Record<string, number>;

  /** Empty until the first window is stored. */
  @Column('jsonb')
  coverage!: Partial<Coverage>;

  /** Counts a day of what was sent here, rather than read. */
  @Column('boolean')
  received!: boolean;

  @Column('boolean')
  complete!: boolean;

  @Column('jsonb', { nullable: true })
  problem!: ProblemRecord | null;
}
