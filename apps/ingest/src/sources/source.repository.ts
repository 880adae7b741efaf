import { Injectable } from '@nestjs/common';
import { MAX_LISTED, withinBound } from '@signalbox/database';
import { DataSource, In, type EntityManager } from 'typeorm';
import { TraceSourceEntity } from './source.entity.js';
import type { TraceSourceKind } from './source.type.js';

@Injectable()
export class SourceRepository {
  constructor(private readonly dataSource: DataSource) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(work);
  }

  /** The source of that name: the given one, or the one that was there. @throws SignalboxError CONFLICT */
  async insertOrFind(manager: EntityManager, source: TraceSourceEntity): Promise<TraceSourceEntity> {
    await manager.createQueryBuilder().insert().into(TraceSourceEntity).values(source).orIgnore().execute();
    const stored = await manager.findOneByOrFail(TraceSourceEntity, { name: source.name });
    if (stored.id === source.id) await withinBound(manager, 'ingest.trace_source', 'trace sources');
    return stored;
  }

  all(): Promise<TraceSourceEntity[]> {
    return this.dataSource.manager.find(TraceSourceEntity, { order: { name: 'ASC' }, take: MAX_LISTED });
  }

  /** Of one kind, and of a name where one is given: two at the most, which tell whether it is the only one. */
  ofKind(kind: TraceSourceKind, name: string | null): Promise<Pick<TraceSourceEntity, 'id'>[]> {
    const where = name === null ? { kind } : { kind, name };
    return this.dataSource.manager.find(TraceSourceEntity, { select: { id: true }, where, take: 2 });
  }

  find(id: string): Promise<TraceSourceEntity | null> {
    return this.dataSource.manager.findOneBy(TraceSourceEntity, { id });
  }

  async byId(ids: readonly string[]): Promise<Map<string, TraceSourceEntity>> {
    const found = await this.dataSource.manager.findBy(TraceSourceEntity, { id: In([...ids]) });
    return new Map(found.map((source) => [source.id, source]));
  }
}
