import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from './values.js';

export interface Edge<T> {
  cursor: string;
  node: T;
}

export interface Connection<T> {
  edges: Edge<T>[];
  pageInfo: PageInfo;
}

export const MAX_PAGE = 200; // one DataLoader batch of references at the gateway

/** The Relay connection type of `node`, named `<Name>Connection`, registered in the service's own graph. */
export function connectionOf<T>(name: string, node: () => Type<T>, graph: () => Type<unknown>): Type<Connection<T>> {
  @ObjectType(`${name}Edge`, { registerIn: graph, description: `A ${name} and its place in the list.` })
  class EdgeType implements Edge<T> {
    @Field(() => String, { description: 'Opaque place in the list.' })
    cursor!: string;

    @Field(node, { description: `The ${name}.` })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { registerIn: graph, description: `A page of ${name}s.` })
  class ConnectionType implements Connection<T> {
    @Field(() => [EdgeType], { description: 'The page.' })
    edges!: EdgeType[];

    @Field(() => PageInfo, { description: 'Where the page ends.' })
    pageInfo!: PageInfo;
  }
  return ConnectionType;
}

/**
 * Cuts a page from `rows`, which hold one row more than `first` when more follow.
 * @param cursorOf the keyset of a row; it is made opaque here.
 */
export function pageOf<T>(rows: T[], first: number, cursorOf: (row: T) => string): Connection<T> {
  const edges = rows.slice(0, first).map((node) => ({ cursor: encodeCursor(cursorOf(node)), node }));
  return { edges, pageInfo: { hasNextPage: rows.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
}

export const encodeCursor = (keyset: string): string => Buffer.from(keyset, 'utf8').toString('base64url');
export const decodeCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');
