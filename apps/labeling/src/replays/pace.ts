import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** Lets at most so many requests a second begin. */
export class Pace {
  private next = 0;

  /** @param perSecond null for no limit */
  constructor(private readonly perSecond: number | null) {}

  async turn(): Promise<void> {
    if (this.perSecond === null) return;
    const now = performance.now();
    const mine = Math.max(now, this.next);
    this.next = mine + 1000 / this.perSecond;
    if (mine > now) await delay(mine - now);
  }
}
