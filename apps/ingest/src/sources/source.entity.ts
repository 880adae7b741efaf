import { Column, Entity, PrimaryColumn } from 'typeorm';
import { RedactionLevel, TraceSourceKind } from './source.type.js';

@Entity({ schema: 'ingest', name: 'trace_source' })
export class TraceSourceEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  kind!: TraceSourceKind;

  @Column('text', { nullable: true })
  endpoint!: string | null;

  @Column('text', { name: 'service_name', nullable: true })
  serviceName!: string | null;

  @Column('text', { nullable: true })
  tenant!: string | null;

  @Column('text', { nullable: true })
  region!: string | null;

  @Column('text', { nullable: true })
  path!: string | null;

  @Column('text', { nullable: true })
  filter!: string | null;

  @Column('text')
  redaction!: RedactionLevel;

  /** JSON of {@link SourceSecrets}, sealed. */
  @Column('text', { name: 'sealed_secrets', nullable: true })
  sealedSecrets!: string | null;

  /** Keyed hash of all settings, so that secrets can be compared without being opened. */
  @Column('text', { name: 'settings_mac' })
  settingsMac!: string;

  @Column('timestamptz', { nullable: true })
  watermark!: Date | null;

  /** Cron expression, UTC. */
  @Column('text', { nullable: true })
  schedule!: string | null;

  @Column('timestamptz', { name: 'next_run_at', nullable: true })
  nextRunAt!: Date | null;

  @Column('integer', { name: 'retention_days', nullable: true })
  retentionDays!: number | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
