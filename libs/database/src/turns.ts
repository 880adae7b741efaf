/** One after the other, in the order of asking. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn, to what ends it; that may be called again. */
  async take(): Promise<() => void> {
    const before = this.last;
    let end: () => void = () => undefined;
    this.last = new Promise((ended) => (end = ended));
    await before;
    return end;
  }
}
