import type { Result, RetrainRequest } from '@signalbox/contracts';
import { planTimeSplit, sampleForReplay, type ReplaySample } from '@signalbox/datasets';

export interface EligiblePrompt {
  id: string;
  query: string;
  sessionId: string | null;
  startedAtMs: number;
}

export type SampleWish = Pick<
  RetrainRequest,
  'testShare' | 'embargoSeconds' | 'replayTestPrompts' | 'replayTrainPrompts' | 'seed'
>;

/** Fewer test prompts give an interval as wide as the scale; training can do with none, it has the logged outcomes. */
const LEAST_TEST_PROMPTS = 20;

/** Splits the eligible calls as the dataset will, and draws the prompts of both parts that are replayed. */
export function planSample(prompts: readonly EligiblePrompt[], wish: SampleWish): Result<ReplaySample> {
  const items = prompts.map(({ id, query, sessionId, startedAtMs }) => ({ id, text: query, sessionId, startedAtMs }));
  const { groups, partOf } = planTimeSplit(items, wish);
  const candidates = items.flatMap(({ id }) => {
    const part = partOf.get(id);
    const group = groups.get(id);
    return part === undefined || group === undefined ? [] : [{ id, group, part, needsTools: false }];
  });
  const { replayTestPrompts: test, replayTrainPrompts: train, seed } = wish;
  return sampleForReplay(candidates, {
    test,
    train,
    seed,
    atLeast: { test: Math.min(test, LEAST_TEST_PROMPTS), train: 0 },
  });
}
