import { SignalboxError } from '@signalbox/contracts';
import { decodeCursor, MAX_PAGE } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';

/** A page of a list, newest first: ids are uuids of version 7, so that the id is the keyset. */
export interface Page {
  size: number;
  /** Id of the last object of the page before. */
  before: string | null;
}

export const DEFAULT_PAGE = 50;

/** @throws SignalboxError INVALID_INPUT */
export function pageAsked(first: number | null | undefined, after: string | null | undefined): Page {
  const size = first ?? DEFAULT_PAGE;
  if (size < 1 || size > MAX_PAGE) throw new SignalboxError('INVALID_INPUT', `first: expected 1 to ${MAX_PAGE}`);
  if (after === null || after === undefined) return { size, before: null };
  const before = decodeCursor(after);
  if (!isUuid(before)) throw new SignalboxError('INVALID_INPUT', 'after: expected the endCursor of a page');
  return { size, before };
}
