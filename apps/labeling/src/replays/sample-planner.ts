import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import type { Result } from '@signalbox/contracts';
import type { ReplaySample } from '@signalbox/datasets';
import { Piscina } from 'piscina';
import type { EligiblePrompt, SampleWish } from './plan-sample.js';

/** Workers run compiled JavaScript; a test runner loads this file from src. */
function workerFile(): string {
  const compiled = import.meta.url.endsWith('.ts')
    ? '../../dist/replays/plan-sample.worker.js'
    : './plan-sample.worker.js';
  return fileURLToPath(new URL(compiled, import.meta.url));
}

/** What of planning a replay would hold up everything else, each in a thread of its own, which ends with it. */
@Injectable()
export class SamplePlanner {
  /** Draws the sample of a retrain's replay. */
  plan(prompts: EligiblePrompt[], wish: SampleWish): Promise<Result<ReplaySample>> {
    return inThread({ prompts, wish }, 'plan');
  }

  /** The cluster of each vector, a number; see `clusterVectors`. */
  cluster(vectors: (Float32Array | null)[], seed: number): Promise<number[]> {
    return inThread({ vectors, seed }, 'cluster');
  }
}

async function inThread<R>(input: object, name: 'plan' | 'cluster'): Promise<R> {
  const pool = new Piscina<object, R>({ filename: workerFile(), maxThreads: 1, execArgv: [] });
  try {
    return await pool.run(input, { name });
  } finally {
    await pool.destroy();
  }
}
