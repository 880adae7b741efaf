import { SignalboxError } from '@signalbox/contracts';

/** So many in a row, each after retries, are no accident. */
const GIVEN_UP_AFTER = 16;

/** The judge did not answer, also not when asked again: it is down or too busy, or cannot bear this one answer. */
export class JudgeSilent extends SignalboxError {
  constructor(message: string) {
    super('JUDGE_UNREACHABLE', message);
  }
}

/** Tells a judge that is down from one that now and then does not answer. */
export class JudgeHealth {
  hasAnswered = false;
  private inARow = 0;

  answered(): void {
    this.inARow = 0;
    this.hasAnswered = true;
  }

  /** @throws the error when too many in a row were left unanswered */
  silent(error: JudgeSilent): void {
    this.inARow += 1;
    if (this.inARow >= GIVEN_UP_AFTER) throw error;
  }

  /**
   * Of an answer that was left for later, and to which the judge is silent again.
   * @throws the error unless it has answered to others meanwhile, so that it is this answer that it does not bear
   */
  silentAgain(error: JudgeSilent): void {
    if (!this.hasAnswered) throw error;
    this.silent(error);
  }
}
