import { Injectable } from '@nestjs/common';
import { pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';
import { DeploymentsRepository } from '../deployments/deployments.repository.js';
import { VersionEntity } from './version.entity.js';
import { VersionsRepository } from './versions.repository.js';

const MAX_NUMBER = 2 ** 31 - 1; // of PostgreSQL's integer
const isNumber = (keyset: string): boolean => /^[1-9]\d*$/.test(keyset) && Number(keyset) <= MAX_NUMBER;

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
    const page = pageAsked(first, after, isNumber);
    const rows = await this.versions.page(routerId, page.after === null ? null : Number(page.after), page.size + 1);
    return pageOf(rows, page, ({ version }) => String(version));
  }
}
