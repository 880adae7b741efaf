import type { GateReportRecord } from '@signalbox/contracts';
import type { RouterType } from '@signalbox/routers';
import type { Manifest } from '@signalbox/runtime';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export enum VersionStatus {
  CANDIDATE = 'CANDIDATE',
  VALIDATED = 'VALIDATED',
  REJECTED = 'REJECTED',
  ARCHIVED = 'ARCHIVED',
}

@Entity({ schema: 'registry', name: 'version' })
export class VersionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'router_id' })
  routerId!: string;

  @Column('integer')
  version!: number;

  @Column('text', { name: 'router_type' })
  routerType!: RouterType;

  @Column('text')
  status!: VersionStatus;

  /** Null for version 1, which no run trained. */
  @Column('uuid', { name: 'training_run_id', nullable: true })
  trainingRunId!: string | null;

  @Column('uuid', { name: 'retrain_id', nullable: true })
  retrainId!: string | null;

  /** Of the manifest. */
  @Column('text')
  uri!: string;

  /** Of the manifest, which holds the digest of every other file. */
  @Column('text')
  sha256!: string;

  @Column('integer')
  bytes!: number;

  @Column('jsonb')
  manifest!: Manifest;

  @Column('jsonb', { nullable: true })
  gate!: GateReportRecord | null;

  /** Whether the gate looked at outcomes, and so spent a part of the error that all gates of a router share. */
  @Column('boolean', { name: 'gate_spent_error', default: false })
  gateSpentError!: boolean;

  /** The champion at the time of the gate. */
  @Column('uuid', { name: 'gated_against', nullable: true })
  gatedAgainst!: string | null;

  @Column('text', { name: 'overridden_by', nullable: true })
  overriddenBy!: string | null;

  @Column('text', { name: 'override_reason', nullable: true })
  overrideReason!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('text', { name: 'created_by' })
  createdBy!: string;
}
