/** Whether the work of a stage shall go on: not when the process stops, and not when its retrain was cancelled or has ended. */
export class RetrainWatch {
  private readonly unwanted = new AbortController();
  /** Of both reasons to stop. */
  readonly signal: AbortSignal;

  constructor(
    stop: AbortSignal,
    private readonly isWanted: () => Promise<boolean>,
  ) {
    this.signal = AbortSignal.any([stop, this.unwanted.signal]);
  }

  get cancelled(): boolean {
    return this.unwanted.signal.aborted;
  }

  /** To be called between batches, since what follows costs money. */
  async look(): Promise<void> {
    if (!this.signal.aborted && !(await this.isWanted())) this.unwanted.abort();
  }
}
