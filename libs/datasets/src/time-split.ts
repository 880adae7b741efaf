import type { DatasetPart } from '@signalbox/contracts';
import { groupTexts, type GroupableText } from './groups.js';

export interface TimedText extends GroupableText {
  /** Milliseconds since the epoch. */
  startedAtMs: number;
}

export interface TimeSplitOptions {
  /** Share of the items, the latest ones, that lie after the cut: above 0, below 1. */
  testShare: number;
  /** How long before the cut an item is too close to it to be trained on. */
  embargoSeconds: number;
}

export interface TimeSplit {
  /** The first moment of the test period, in milliseconds since the epoch; null when there are no items. */
  cutMs: number | null;
  /** Group of each item by id. */
  groups: Map<string, string>;
  /** Part of each item by id. */
  partOf: Map<string, DatasetPart>;
}

/**
 * Splits prompts by time, keeping groups (see {@link groupTexts}) whole:
 *
 * - from the cut on: `test` when no member of its group started before the cut, else `spanning`. A spanning prompt is no prompt
 *   that training has never seen; it belongs to the as-it-comes test alone (`test` and `spanning` together).
 * - before the cut: `embargo` within `embargoSeconds` of the cut, else `train`, also where the group spans the cut: its later
 *   members are not in the test of unseen prompts, so nothing is learned about that test.
 *
 * No group is thus both in train (or embargo) and in test. Items that start at the same millisecond lie on the same side. The
 * answer depends on nothing but the items as a set, so replay sampling and the dataset build that follows agree.
 */
export function planTimeSplit(items: readonly TimedText[], options: TimeSplitOptions): TimeSplit {
  const groups = groupTexts(items);
  return { ...assignByTime(items, groups, options), groups };
}

/** {@link planTimeSplit} for groups that are known. */
export function assignByTime(
  items: readonly Pick<TimedText, 'id' | 'startedAtMs'>[],
  groups: ReadonlyMap<string, string>,
  { testShare, embargoSeconds }: TimeSplitOptions,
): Omit<TimeSplit, 'groups'> {
  const times = items.map((item) => item.startedAtMs).sort((left, right) => left - right);
  const cutMs = times[Math.min(times.length - 1, Math.floor(times.length * (1 - testShare)))];
  if (cutMs === undefined) return { cutMs: null, partOf: new Map() };
  const seenBefore = new Set<string | undefined>();
  for (const item of items) {
    if (item.startedAtMs < cutMs) seenBefore.add(groups.get(item.id));
  }
  const partOf = new Map<string, DatasetPart>();
  for (const item of items) {
    const tooClose = item.startedAtMs >= cutMs - embargoSeconds * 1000;
    const before: DatasetPart = tooClose ? 'embargo' : 'train';
    const after: DatasetPart = seenBefore.has(groups.get(item.id)) ? 'spanning' : 'test';
    partOf.set(item.id, item.startedAtMs < cutMs ? before : after);
  }
  return { cutMs, partOf };
}
