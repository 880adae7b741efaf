import type { ProblemRecord } from '@signalbox/contracts';
import type { JobStatus } from '@signalbox/contracts/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'training', name: 'training_run' })
export class RunEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  router!: string;

  @Column('text', { name: 'router_type' })
  routerType!: string;

  @Column('uuid', { name: 'dataset_id' })
  datasetId!: string;

  /** Set when the stage of a retrain owns it. */
  @Column('uuid', { name: 'retrain_id', nullable: true })
  retrainId!: string | null;

  @Column('integer')
  seed!: number;

  /** Order by out-of-fold utility among the runs trained together; 0 is the default. */
  @Column('integer', { nullable: true })
  place!: number | null;

  @Column('text')
  status!: JobStatus;

  @Column('jsonb', { nullable: true })
  problem!: ProblemRecord | null;

  @Column('jsonb')
  params!: Record<string, number>;

  @Column('jsonb')
  metrics!: Record<string, number | null>;

  @Column('text', { name: 'model_uri', nullable: true })
  modelUri!: string | null;

  @Column('text', { name: 'model_sha256', nullable: true })
  modelSha256!: string | null;

  @Column('jsonb', { name: 'model_header', nullable: true })
  modelHeader!: object | null;

  @Column('jsonb')
  embedding!: object;

  @Column('float8', { name: 'fit_seconds', nullable: true })
  fitSeconds!: number | null;

  @Column('uuid', { name: 'evaluation_id', nullable: true })
  evaluationId!: string | null;

  @Column('jsonb', { name: 'gate_input', nullable: true })
  gateInput!: object | null;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
