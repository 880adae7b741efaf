import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One move of an alias. */
@Entity({ schema: 'registry', name: 'deployment' })
export class DeploymentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'router_id' })
  routerId!: string;

  @Column('text')
  alias!: string;

  @Column('uuid', { name: 'version_id' })
  versionId!: string;

  /** The version that the alias pointed to before. */
  @Column('uuid', { name: 'replaced_id', nullable: true })
  replacedId!: string | null;

  /** The deployment that a rollback of this one restores. */
  @Column('uuid', { name: 'previous_id', nullable: true })
  previousId!: string | null;

  @Column('uuid', { name: 'retrain_id', nullable: true })
  retrainId!: string | null;

  @Column('timestamptz', { name: 'deployed_at', default: () => "date_trunc('milliseconds', clock_timestamp())" })
  deployedAt!: Date;

  @Column('text', { name: 'deployed_by' })
  deployedBy!: string;

  /** Of the alias' pointer. */
  @Column('text')
  uri!: string;
}
