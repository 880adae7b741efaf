import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { MAX_LISTED, withinBound } from '@signalbox/database';
import { DataSource, In, type EntityManager } from 'typeorm';
import { CandidateEntity } from './candidate.entity.js';
import type { CandidateSettings } from './router-settings.js';
import { RouterEntity } from './router.entity.js';

@Injectable()
export class RoutersRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** The router of that name: the given one with its candidates, or the one that was there. @throws SignalboxError CONFLICT */
  async insertOrFind(
    manager: EntityManager,
    router: RouterEntity,
    candidates: readonly CandidateSettings[],
  ): Promise<{ router: RouterEntity; created: boolean }> {
    await manager.createQueryBuilder().insert().into(RouterEntity).values(router).orIgnore().execute();
    const stored = await manager.findOneByOrFail(RouterEntity, { name: router.name });
    const created = stored.id === router.id;
    if (created) {
      const rows = candidates.map((candidate, position) => ({ ...candidate, routerId: router.id, position }));
      await manager.insert(CandidateEntity, rows);
      await withinBound(manager, 'registry.router', 'routers');
    }
    return { router: stored, created };
  }

  /** Waits for whoever changes the router now, and keeps others out until the transaction ends. */
  async lock(manager: EntityManager, id: string): Promise<RouterEntity> {
    await manager.increment(RouterEntity, { id }, 'revision', 1);
    return manager.findOneByOrFail(RouterEntity, { id });
  }

  /** @throws SignalboxError CONFLICT when the router changed since it was read */
  async lockUnchanged(manager: EntityManager, { id, name, revision }: RouterEntity): Promise<void> {
    const { affected } = await manager.increment(RouterEntity, { id, revision }, 'revision', 1);
    if (affected !== 1)
      throw new SignalboxError('CONFLICT', `The router ${name} was changed by someone else at the same time.`);
  }

  all(): Promise<RouterEntity[]> {
    return this.dataSource.manager.find(RouterEntity, { order: { name: 'ASC' }, take: MAX_LISTED });
  }

  findByName(name: string): Promise<RouterEntity | null> {
    return this.dataSource.manager.findOneBy(RouterEntity, { name });
  }

  async byName(names: readonly string[]): Promise<Map<string, RouterEntity>> {
    const found = await this.dataSource.manager.findBy(RouterEntity, { name: In([...names]) });
    return new Map(found.map((router) => [router.name, router]));
  }

  async byId(ids: readonly string[]): Promise<Map<string, RouterEntity>> {
    const found = await this.dataSource.manager.findBy(RouterEntity, { id: In([...ids]) });
    return new Map(found.map((router) => [router.id, router]));
  }

  /** By router, in the order of the input that named them. */
  async candidatesOf(routerIds: readonly string[]): Promise<Map<string, CandidateEntity[]>> {
    const rows = await this.dataSource.manager.find(CandidateEntity, {
      where: { routerId: In([...routerIds]) },
      order: { position: 'ASC' },
    });
    const byRouter = new Map<string, CandidateEntity[]>();
    for (const row of rows) byRouter.set(row.routerId, [...(byRouter.get(row.routerId) ?? []), row]);
    return byRouter;
  }

  /** Routers whose candidates ingest was not yet told of. */
  unannounced(): Promise<RouterEntity[]> {
    return this.dataSource.manager.find(RouterEntity, { where: { announced: false }, take: MAX_LISTED });
  }

  async markAnnounced(id: string): Promise<void> {
    await this.dataSource.manager.update(RouterEntity, { id }, { announced: true });
  }
}
