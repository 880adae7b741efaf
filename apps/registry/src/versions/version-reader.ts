import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { decodeCursor, MAX_PAGE, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';
import { DeploymentsRepository } from '../deployments/deployments.repository.js';
import { VersionEntity } from './version.entity.js';
import { VersionsRepository } from './versions.repository.js';

const DEFAULT_PAGE = 50;

/** What the graph reads of versions, many at a time. */
@Injectable()
export class VersionReader {
  constructor(
    private readonly versions: VersionsRepository,
    private readonly deployments: DeploymentsRepository,
  ) {}

  /** Ids that are no uuids are unknown, as others are. */
  byId(ids: readonly string[]): Promise<Map<string, VersionEntity>> {
    return this.versions.byId(ids.filter((id) => isUuid(id)));
  }

  /** The version that an alias of each router points to. */
  async pointedTo(routerIds: readonly string[], alias: string): Promise<Map<string, VersionEntity>> {
    const versionIds = await this.deployments.pointedTo(routerIds, alias);
    const versions = await this.versions.byId([...versionIds.values()]);
    return new Map(
      [...versionIds].flatMap(([routerId, versionId]): [string, VersionEntity][] => {
        const version = versions.get(versionId);
        return version ? [[routerId, version]] : [];
      }),
    );
  }

  aliasesOf(versionIds: readonly string[]): Promise<Map<string, string[]>> {
    return this.deployments.aliasesOf(versionIds);
  }

  /** Newest first. @throws SignalboxError INVALID_INPUT */
  async page(
    routerId: string,
    first: number | null | undefined,
    after: string | null | undefined,
  ): Promise<Connection<VersionEntity>> {
    const size = first ?? DEFAULT_PAGE;
    if (size < 1 || size > MAX_PAGE) throw new SignalboxError('INVALID_INPUT', `first: expected 1 to ${MAX_PAGE}`);
    const before = after === null || after === undefined ? null : Number(decodeCursor(after));
    if (before !== null && !Number.isInteger(before)) {
      throw new SignalboxError('INVALID_INPUT', 'after: this is not a cursor of this list');
    }
    return pageOf(await this.versions.page(routerId, before, size + 1), size, ({ version }) => String(version));
  }
}
