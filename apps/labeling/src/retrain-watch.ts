import type { JobContext } from '@signalbox/queue';

/** Whether the work of a stage shall go on: not when its job shall stop, and not when its retrain was cancelled or has ended. */
export class RetrainWatch implements JobContext {
  private readonly unwanted = new AbortController();
  /** Of both reasons to stop. */
  readonly signal: AbortSignal;
  readonly fence: JobContext['fence'];

  constructor(
    job: JobContext,
    private readonly isWanted: () => Promise<boolean>,
  ) {
    this.signal = AbortSignal.any([job.signal, this.unwanted.signal]);
    this.fence = job.fence;
  }

  get cancelled(): boolean {
    return this.unwanted.signal.aborted;
  }

  /** To be called between batches, since what follows costs money. */
  async look(): Promise<void> {
    if (!this.signal.aborted && !(await this.isWanted())) this.unwanted.abort();
  }
}
