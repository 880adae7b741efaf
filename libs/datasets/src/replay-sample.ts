import { accept, reject, type DatasetPart, type Result } from '@signalbox/contracts';
import { byCodeUnit } from './order.js';
import { randomOf, shuffled } from './random.js';

const REPLAY_PARTS = ['test', 'train'] as const;
type ReplayPart = (typeof REPLAY_PARTS)[number];

export interface ReplayCandidate {
  id: string;
  group: string;
  part: DatasetPart;
  /** A call that needs tools cannot be asked again: the tools' answers would be missing. */
  needsTools: boolean;
}

export interface SampledPrompt {
  id: string;
  group: string;
  part: ReplayPart;
  /** The probability with which this prompt came into the sample; 1 / inclusion weights it to the mean over prompts. */
  inclusion: number;
}

export interface ReplaySample {
  /** Sorted by id. */
  prompts: SampledPrompt[];
  /** For each part: groups that could be drawn, groups drawn, and the one over the other. */
  shares: Record<ReplayPart, { eligibleGroups: number; sampled: number; share: number }>;
  skippedForTools: number;
}

export interface ReplaySampleOptions {
  /** Wanted prompts of each part. */
  test: number;
  train: number;
  seed: number;
  /** The fewest of each part that are still of use; below, the sample is refused. By default all that are wanted. */
  atLeast?: Record<ReplayPart, number>;
}

/**
 * Draws groups uniformly at random from each part, and of each drawn group one prompt uniformly at random, so that the sampled
 * prompts are independent of each other. Prompts of other parts, and calls that need tools, are not drawn.
 *
 * @returns the sample with the exact probability of each prompt, the same for the same items in any order; or `TOO_FEW_PROMPTS`
 * with what there is and what is missing
 */
export function sampleForReplay(items: readonly ReplayCandidate[], options: ReplaySampleOptions): Result<ReplaySample> {
  const { atLeast = { test: options.test, train: options.train } } = options;
  const askable = items.filter((item) => !item.needsTools);
  const sample: ReplaySample = {
    prompts: [],
    shares: { test: { eligibleGroups: 0, sampled: 0, share: 0 }, train: { eligibleGroups: 0, sampled: 0, share: 0 } },
    skippedForTools: items.length - askable.length,
  };
  for (const part of REPLAY_PARTS) {
    const members = membersByGroup(askable.filter((item) => item.part === part));
    const eligibleGroups = members.size;
    const missing = atLeast[part] - eligibleGroups;
    if (missing > 0) {
      return reject(
        'TOO_FEW_PROMPTS',
        part,
        `The ${part} part holds ${eligibleGroups} distinct prompts that can be replayed; ${missing} more are needed to sample ${atLeast[part]}.`,
      );
    }
    // One stream of random numbers for each part, so that how many are drawn of one does not change the other.
    const random = randomOf(options.seed * 2 + REPLAY_PARTS.indexOf(part));
    const drawn = shuffled([...members.keys()].sort(byCodeUnit), random).slice(0, options[part]);
    const share = eligibleGroups === 0 ? 0 : drawn.length / eligibleGroups;
    sample.shares[part] = { eligibleGroups, sampled: drawn.length, share };
    for (const group of drawn) {
      const ids = members.get(group) ?? [];
      const [id] = shuffled(ids.sort(byCodeUnit), random);
      if (id !== undefined) sample.prompts.push({ id, group, part, inclusion: share / ids.length });
    }
  }
  sample.prompts.sort((left, right) => byCodeUnit(left.id, right.id));
  return accept(sample);
}

function membersByGroup(items: readonly ReplayCandidate[]): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const { id, group } of items) {
    const ids = members.get(group);
    if (ids === undefined) members.set(group, [id]);
    else ids.push(id);
  }
  return members;
}
