import type { ProblemRecord, StageName } from '@signalbox/contracts';
import type { JobStatus, Progress } from '@signalbox/contracts/graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'training', name: 'retrain' })
export class RetrainEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  router!: string;

  @Column('text')
  status!: JobStatus;

  @Column('text')
  reason!: string;

  @Column('text', { name: 'requested_by' })
  requestedBy!: string;

  @Column('jsonb')
  request!: object;

  /** 1, and one more each time that it was resumed. */
  @Column('integer')
  attempt!: number;

  @Column('jsonb', { nullable: true })
  problem!: ProblemRecord | null;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}

@Entity({ schema: 'training', name: 'retrain_stage' })
export class RetrainStageEntity {
  @PrimaryColumn('uuid', { name: 'retrain_id' })
  retrainId!: string;

  @PrimaryColumn('text')
  stage!: StageName;

  @Column('integer')
  position!: number;

  @Column('text')
  status!: JobStatus;

  @Column('jsonb', { nullable: true })
  progress!: Progress | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  /** When its owner last said that it works on it. */
  @Column('timestamptz', { name: 'heard_at', nullable: true })
  heardAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  @Column('jsonb', { nullable: true })
  output!: object | null;

  @Column('jsonb', { nullable: true })
  problem!: ProblemRecord | null;
}
