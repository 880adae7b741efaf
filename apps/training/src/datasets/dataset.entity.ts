import type { JudgeRecord, ProblemRecord } from '@signalbox/contracts';
import type { JobStatus, Progress } from '@signalbox/contracts/graphql';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'training', name: 'dataset' })
export class DatasetEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  router!: string;

  /** Set when the stage of a retrain owns it. */
  @Column('uuid', { name: 'retrain_id', nullable: true })
  retrainId!: string | null;

  @Column('jsonb')
  request!: object;

  @Column('text')
  status!: JobStatus;

  @Column('jsonb')
  progress!: Progress;

  @Column('jsonb', { nullable: true })
  problem!: ProblemRecord | null;

  @Column('text', { nullable: true })
  hash!: string | null;

  /** Of the file as it is now, which holds no row of a call that was forgotten. */
  @Column('text', { name: 'stored_hash', nullable: true })
  storedHash!: string | null;

  @Column('integer', { name: 'forgotten_prompts' })
  forgottenPrompts!: number;

  @Column('integer')
  prompts!: number;

  @Column('integer')
  outcomes!: number;

  @Column('integer', { name: 'eligible_calls' })
  eligibleCalls!: number;

  @Column('text', { array: true })
  candidates!: string[];

  @Column('float8')
  density!: number;

  @Column('jsonb')
  split!: object;

  @Column('jsonb', { name: 'leak_report' })
  leakReport!: object;

  @Column('jsonb', { name: 'left_out' })
  leftOut!: Record<string, number>;

  @Column('jsonb')
  judges!: JudgeRecord[];

  @Column('text')
  embedding!: string;

  @CreateDateColumn({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
