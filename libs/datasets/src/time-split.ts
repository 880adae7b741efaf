import type { DatasetPart } from '@signalbox/contracts';
import type { GroupableText } from './groups.js';
import { PromptCorpus } from './prompt-corpus.js';

/** Far above the error of a product of floats, far below one of a million prompts. */
const ROUNDING = 1e-9;

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

/** Splits texts by time and keeps their groups whole, as {@link timeParts} says. */
export function planTimeSplit(items: readonly TimedText[], options: TimeSplitOptions): TimeSplit {
  const corpus = new PromptCorpus();
  for (const item of items) corpus.add(item);
  const { groupOf, nameOf } = corpus.groups();
  const times = items.map(({ startedAtMs }) => startedAtMs);
  const { cutMs, parts } = timeParts(times, groupOf, options);
  return {
    cutMs,
    groups: new Map(items.map(({ id }, prompt) => [id, nameOf(prompt)])),
    partOf: new Map(items.map(({ id }, prompt) => [id, parts[prompt] ?? 'train'])),
  };
}

/**
 * Splits prompts by time, keeping groups whole:
 *
 * - from the cut on: `test` when no member of its group started before the cut, else `spanning`. A spanning prompt is no prompt
 *   that training has never seen; it belongs to the as-it-comes test alone (`test` and `spanning` together).
 * - before the cut: `embargo` within `embargoSeconds` of the cut, else `train`, also where the group spans the cut: its later
 *   members are not in the test of unseen prompts, so nothing is learned about that test.
 *
 * No group is thus both in train (or embargo) and in test. Prompts that start at the same moment lie on the same side. The
 * answer depends on nothing but the prompts as a set, so replay sampling and the dataset build that follows agree.
 *
 * @param startedAtMs of each prompt, milliseconds since the epoch
 * @param groupOf number of the group of each prompt, from 0 and below the number of prompts
 * @returns the part of each prompt
 */
export function timeParts(
  startedAtMs: ArrayLike<number>,
  groupOf: ArrayLike<number>,
  { testShare, embargoSeconds }: TimeSplitOptions,
): { cutMs: number | null; parts: DatasetPart[] } {
  const times = Float64Array.from(startedAtMs).sort();
  // 10 * (1 - 0.8) is a little less than 2.
  const before = Math.floor(times.length * (1 - testShare) + ROUNDING);
  const cutMs = times[Math.min(times.length - 1, before)];
  if (cutMs === undefined) return { cutMs: null, parts: [] };
  const seenBefore = new Uint8Array(times.length);
  for (let prompt = 0; prompt < times.length; prompt += 1) {
    if ((startedAtMs[prompt] ?? 0) < cutMs) seenBefore[groupOf[prompt] ?? 0] = 1;
  }
  const parts = Array.from({ length: times.length }, (_, prompt): DatasetPart => {
    const startedAt = startedAtMs[prompt] ?? 0;
    if (startedAt < cutMs) return startedAt >= cutMs - embargoSeconds * 1000 ? 'embargo' : 'train';
    return seenBefore[groupOf[prompt] ?? 0] === 1 ? 'spanning' : 'test';
  });
  return { cutMs, parts };
}
