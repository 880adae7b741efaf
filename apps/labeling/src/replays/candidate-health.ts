/** So many failures in a row, each after retries, are no accident. */
const GIVEN_UP_AFTER = 10;

/** Which candidates still answer: one that does not must not hold up the others for hours. */
export class CandidateHealth {
  private readonly inARow = new Map<string, number>();

  constructor(private readonly candidates: readonly string[]) {}

  answered(candidate: string): void {
    this.inARow.set(candidate, 0);
  }

  failed(candidate: string): void {
    this.inARow.set(candidate, (this.inARow.get(candidate) ?? 0) + 1);
  }

  isGivenUp(candidate: string): boolean {
    return (this.inARow.get(candidate) ?? 0) >= GIVEN_UP_AFTER;
  }

  get noneLeft(): boolean {
    return this.candidates.every((candidate) => this.isGivenUp(candidate));
  }
}
