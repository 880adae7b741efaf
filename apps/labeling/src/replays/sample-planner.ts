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

/** Draws the sample of a retrain's replay in a thread of its own, which ends with it. */
@Injectable()
export class SamplePlanner {
  async plan(prompts: EligiblePrompt[], wish: SampleWish): Promise<Result<ReplaySample>> {
    const pool = new Piscina<{ prompts: EligiblePrompt[]; wish: SampleWish }, Result<ReplaySample>>({
      filename: workerFile(),
      maxThreads: 1,
      execArgv: [],
    });
    try {
      return await pool.run({ prompts, wish }, { name: 'plan' });
    } finally {
      await pool.destroy();
    }
  }
}
