import type { GateLimits } from '@signalbox/routers';
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'registry', name: 'router' })
export class RouterEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('jsonb', { nullable: true })
  filter!: object | null;

  @Column('jsonb')
  gate!: GateLimits;

  @Column('text', { name: 'settings_sha256' })
  settingsSha256!: string;

  /** Raised by every change of a version's gate or of an alias. */
  @Column('integer', { default: 1 })
  revision!: number;

  /** Whether ingest was asked to resolve models by these candidates. */
  @Column('boolean', { default: false })
  announced!: boolean;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('text', { name: 'created_by' })
  createdBy!: string;
}
