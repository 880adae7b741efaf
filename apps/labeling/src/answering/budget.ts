export interface Reservation {
  estimateUsd: number;
}

/**
 * Money is reserved before a call and settled after it. A call begins only when what is spent and reserved leaves room for its
 * estimate, so that no more than the calls in flight can go beyond the cap, by what they cost above their estimates.
 */
export class Budget {
  private reservedUsd = 0;
  private inFlight = 0;
  private waiting: (() => void)[] = [];
  private dearestUsd = 0;
  exhausted = false;

  /** @param capUsd null for no cap */
  constructor(
    private readonly capUsd: number | null,
    private spent = 0,
  ) {}

  get spentUsd(): number {
    return this.spent;
  }

  /**
   * Waits while calls in flight may yet cost less than was reserved for them.
   * @param estimateUsd null when not known: then as much as the dearest call so far
   * @returns null when the budget is exhausted
   */
  async reserve(estimateUsd: number | null): Promise<Reservation | null> {
    for (;;) {
      if (this.exhausted) return null;
      const estimate = estimateUsd ?? this.dearestUsd;
      const { capUsd, spent, reservedUsd } = this;
      if (capUsd === null || (spent < capUsd && spent + reservedUsd + estimate <= capUsd)) {
        this.reservedUsd += estimate;
        this.inFlight += 1;
        return { estimateUsd: estimate };
      }
      if (this.inFlight === 0) {
        this.exhausted = true;
        return null;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  settle({ estimateUsd }: Reservation, costUsd: number): void {
    this.inFlight -= 1;
    // Without a call in flight nothing is reserved; sums of fractions would leave a remainder.
    this.reservedUsd = this.inFlight === 0 ? 0 : this.reservedUsd - estimateUsd;
    this.spent += costUsd;
    this.dearestUsd = Math.max(this.dearestUsd, costUsd);
    const { waiting } = this;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}
