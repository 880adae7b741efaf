import { Injectable } from '@nestjs/common';
import type { GateReportRecord } from '@signalbox/contracts';
import { DataSource, In, LessThan, type EntityManager } from 'typeorm';
import { VersionEntity } from './version.entity.js';

@Injectable()
export class VersionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  async nextNumber(manager: EntityManager, routerId: string): Promise<number> {
    return ((await manager.maximum(VersionEntity, 'version', { routerId })) ?? 0) + 1;
  }

  async insert(manager: EntityManager, version: VersionEntity): Promise<VersionEntity> {
    await manager.insert(VersionEntity, version);
    return manager.findOneByOrFail(VersionEntity, { id: version.id });
  }

  async byId(ids: readonly string[]): Promise<Map<string, VersionEntity>> {
    const found = await this.dataSource.manager.findBy(VersionEntity, { id: In([...ids]) });
    return new Map(found.map((version) => [version.id, version]));
  }

  find(id: string): Promise<VersionEntity | null> {
    return this.dataSource.manager.findOneBy(VersionEntity, { id });
  }

  findByNumber(routerId: string, version: number): Promise<VersionEntity | null> {
    return this.dataSource.manager.findOneBy(VersionEntity, { routerId, version });
  }

  findByTrainingRun(manager: EntityManager, routerId: string, trainingRunId: string): Promise<VersionEntity | null> {
    return manager.findOneBy(VersionEntity, { routerId, trainingRunId });
  }

  /** Newest first. */
  page(routerId: string, before: number | null, limit: number): Promise<VersionEntity[]> {
    return this.dataSource.manager.find(VersionEntity, {
      where: { routerId, ...(before === null ? {} : { version: LessThan(before) }) },
      order: { version: 'DESC' },
      take: limit,
    });
  }

  /** Gates of the router that looked at outcomes. */
  gatesSpent(manager: EntityManager, routerId: string): Promise<number> {
    return manager.countBy(VersionEntity, { routerId, gateSpentError: true });
  }

  async gateOf(manager: EntityManager, id: string): Promise<GateReportRecord | null> {
    return (await manager.findOneByOrFail(VersionEntity, { id })).gate;
  }

  async update(
    manager: EntityManager,
    id: string,
    change: Partial<
      Pick<VersionEntity, 'status' | 'gate' | 'gateSpentError' | 'gatedAgainst' | 'overriddenBy' | 'overrideReason'>
    >,
  ): Promise<void> {
    await manager.update(VersionEntity, { id }, change);
  }
}
