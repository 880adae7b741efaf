import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where an alias points. This row is the truth; the pointer file in the object store follows it. */
@Entity({ schema: 'registry', name: 'alias' })
export class AliasEntity {
  @PrimaryColumn('uuid', { name: 'router_id' })
  routerId!: string;

  @PrimaryColumn('text')
  alias!: string;

  @Column('uuid', { name: 'version_id' })
  versionId!: string;

  @Column('uuid', { name: 'deployment_id' })
  deploymentId!: string;
}
