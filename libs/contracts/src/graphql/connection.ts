import type { Type } from '@nestjs/common';
import { Field, ObjectType } from '@nestjs/graphql';
import { SignalboxError } from '../errors.js';
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
export const DEFAULT_PAGE = 50;

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

    @Field(() => PageInfo, { description: 'Where the page begins and ends.' })
    pageInfo!: PageInfo;
  }
  return ConnectionType;
}

/** What is asked of a list. */
export interface Page {
  size: number;
  /** Keyset of the row that the page starts behind; null for the first page. */
  after: string | null;
}

/**
 * @param isKeyset whether a text can be a keyset of this list
 * @throws SignalboxError INVALID_INPUT
 */
export const pageAsked = (
  first: number | null | undefined,
  after: string | null | undefined,
  isKeyset: (text: string) => boolean,
): Page => ({ size: pageSizeOf(first), after: keysetOf(after, isKeyset) });

/**
 * Cuts a page from `rows`, which hold one row more than its size when more follow.
 * @param cursorOf the keyset of a row; it is made opaque here.
 */
export function pageOf<T>(rows: T[], { size, after }: Page, cursorOf: (row: T) => string): Connection<T> {
  const edges = rows.slice(0, size).map((node) => ({ cursor: encodeCursor(cursorOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size,
      // A cursor is the place of a row, and that row is before the page.
      hasPreviousPage: after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** How many rows `first` asks for. @throws SignalboxError INVALID_INPUT */
export function pageSizeOf(first: number | null | undefined): number {
  const size = first ?? DEFAULT_PAGE;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE) return size;
  throw new SignalboxError('INVALID_INPUT', `first: expected 1 to ${MAX_PAGE}`);
}

/** @throws SignalboxError INVALID_INPUT for what `pageOf` has not made */
function keysetOf(after: string | null | undefined, isKeyset: (keyset: string) => boolean): string | null {
  if (after === null || after === undefined) return null;
  const keyset = Buffer.from(after, 'base64url').toString('utf8');
  // Decoding leaves out what it does not know, so that many texts would be one cursor.
  if (encodeCursor(keyset) === after && isKeyset(keyset)) return keyset;
  throw new SignalboxError('INVALID_INPUT', 'after: this is not a cursor of this list');
}

const encodeCursor = (keyset: string): string => Buffer.from(keyset, 'utf8').toString('base64url');
