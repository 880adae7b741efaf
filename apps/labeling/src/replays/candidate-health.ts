import type { ChatFailure } from '../answering/chat.client.js';

/** So many failures in a row, each after retries, are no accident. */
const GIVEN_UP_AFTER = 10;

/** Which candidates still answer: one that does not must not hold up the others for hours. */
export class CandidateHealth {
  private readonly inARow = new Map<string, number>();
  private reached = false;

  constructor(private readonly candidates: readonly string[]) {}

  answered(candidate: string): void {
    this.reached = true;
    this.inARow.set(candidate, 0);
  }

  failed(candidate: string, reason: ChatFailure['reason']): void {
    this.reached ||= reason !== 'unreachable';
    // Turning one question down says nothing of the next one.
    if (reason === 'rejected') return;
    this.inARow.set(candidate, (this.inARow.get(candidate) ?? 0) + 1);
  }

  isGivenUp(candidate: string): boolean {
    return (this.inARow.get(candidate) ?? 0) >= GIVEN_UP_AFTER;
  }

  /** Whether nothing has come back from the endpoint, but for 429 and 5xx. */
  get isUnreachable(): boolean {
    return !this.reached;
  }

  get noneLeft(): boolean {
    return this.candidates.every((candidate) => this.isGivenUp(candidate));
  }
}
