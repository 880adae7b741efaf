import { clusterVectors } from './cluster-vectors.js';
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

/** Runs in a worker thread: k-means over twenty thousand prompts takes seconds. */
export function cluster({ vectors, seed }: { vectors: (Float32Array | null)[]; seed: number }): number[] {
  return clusterVectors(vectors, seed);
}
