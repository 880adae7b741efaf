import { Injectable } from '@nestjs/common';
import { DataSource, In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AliasEntity } from './alias.entity.js';
import { DeploymentEntity } from './deployment.entity.js';

/** Where an alias points, as the pointer file must say. */
export interface AliasTarget {
  routerId: string;
  router: string;
  alias: string;
  versionId: string;
  version: number;
  sha256: string;
}

export interface AuditEvent {
  actor: string;
  action: string;
  router: string;
  alias: string;
  before: unknown;
  after: unknown;
  reason: string | null;
}

const TARGET = `
  select r.id as "routerId", r.name as router, a.alias, v.id as "versionId", v.version, v.sha256
  from registry.alias a join registry.router r on r.id = a.router_id join registry.version v on v.id = a.version_id`;

@Injectable()
export class DeploymentsRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  find(id: string): Promise<DeploymentEntity | null> {
    return this.dataSource.manager.findOneBy(DeploymentEntity, { id });
  }

  ofRetrain(manager: EntityManager, retrainId: string): Promise<DeploymentEntity | null> {
    return manager.findOneBy(DeploymentEntity, { retrainId });
  }

  alias(routerId: string, alias: string): Promise<AliasEntity | null> {
    return this.dataSource.manager.findOneBy(AliasEntity, { routerId, alias });
  }

  /** Locks the row until the transaction ends. */
  lockAlias(manager: EntityManager, routerId: string, alias: string): Promise<AliasEntity | null> {
    return manager.findOne(AliasEntity, { where: { routerId, alias }, lock: { mode: 'pessimistic_write' } });
  }

  /** Records the move and points the alias' row. */
  async point(manager: EntityManager, deployment: DeploymentEntity): Promise<DeploymentEntity> {
    await manager.insert(DeploymentEntity, deployment);
    const { id: deploymentId, routerId, alias, versionId } = deployment;
    await manager.upsert(AliasEntity, { routerId, alias, versionId, deploymentId }, ['routerId', 'alias']);
    return manager.findOneByOrFail(DeploymentEntity, { id: deploymentId });
  }

  async audit(
    manager: EntityManager,
    { actor, action, router, alias, before, after, reason }: AuditEvent,
  ): Promise<void> {
    await manager.query(
      `insert into registry.audit_event (id, actor, action, router, alias, before, after, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [uuidv7(), actor, action, router, alias, JSON.stringify(before), JSON.stringify(after), reason],
    );
  }

  /** The newest move of the alias up to a moment. */
  at(routerId: string, alias: string, at: Date): Promise<DeploymentEntity | null> {
    return this.dataSource.manager
      .createQueryBuilder(DeploymentEntity, 'deployment')
      .where({ routerId, alias, deployedAt: LessThanOrEqual(at) })
      .orderBy('deployment.deployed_at', 'DESC')
      .addOrderBy('deployment.ordinal', 'DESC')
      .getOne();
  }

  async target(router: string, alias: string): Promise<AliasTarget | null> {
    const [row] = await this.dataSource.query<AliasTarget[]>(`${TARGET} where r.name = $1 and a.alias = $2`, [
      router,
      alias,
    ]);
    return row ?? null;
  }

  async targetIn(manager: EntityManager, routerId: string, alias: string): Promise<AliasTarget | null> {
    const [row] = await manager.query<AliasTarget[]>(`${TARGET} where a.router_id = $1 and a.alias = $2`, [
      routerId,
      alias,
    ]);
    return row ?? null;
  }

  targets(): Promise<AliasTarget[]> {
    return this.dataSource.query<AliasTarget[]>(`${TARGET} order by r.name, a.alias`);
  }

  /** Whether the alias ever pointed to the version. */
  wasTarget(manager: EntityManager, routerId: string, alias: string, versionId: string): Promise<boolean> {
    return manager.existsBy(DeploymentEntity, { routerId, alias, versionId });
  }

  /** Names of the aliases of each version, sorted. */
  async aliasesOf(versionIds: readonly string[]): Promise<Map<string, string[]>> {
    const rows = await this.dataSource.manager.find(AliasEntity, {
      where: { versionId: In([...versionIds]) },
      order: { alias: 'ASC' },
    });
    const byVersion = new Map<string, string[]>();
    for (const { versionId, alias } of rows) byVersion.set(versionId, [...(byVersion.get(versionId) ?? []), alias]);
    return byVersion;
  }

  /** The version that an alias of each router points to. */
  async pointedTo(routerIds: readonly string[], alias: string): Promise<Map<string, string>> {
    const rows = await this.dataSource.manager.findBy(AliasEntity, { routerId: In([...routerIds]), alias });
    return new Map(rows.map(({ routerId, versionId }) => [routerId, versionId]));
  }
}
