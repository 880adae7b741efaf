import { keysetOf, pageSizeOf } from '@signalbox/contracts/graphql';
import { validate as isUuid } from 'uuid';

/** A page of a list, newest first: ids are uuids of version 7, so that the id is the keyset. */
export interface Page {
  size: number;
  /** Id of the last object of the page before. */
  before: string | null;
}

/** @throws SignalboxError INVALID_INPUT */
export const pageAsked = (first: number | null | undefined, after: string | null | undefined): Page => ({
  size: pageSizeOf(first),
  before: keysetOf(after, isUuid),
});
