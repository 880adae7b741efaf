import { planSample, type EligiblePrompt, type SampleWish } from './plan-sample.js';

/** Runs in a worker thread: near-duplicates of a hundred thousand prompts take minutes. */
export function plan({
  prompts,
  wish,
}: {
  prompts: EligiblePrompt[];
  wish: SampleWish;
}): ReturnType<typeof planSample> {
  return planSample(prompts, wish);
}
