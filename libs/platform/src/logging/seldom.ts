import { logContext } from './log-context.js';

/** An outage is told when it comes and again after this, not by everything that meets it. */
const AGAIN_AFTER_MS = 5_000;
/** Texts that hold ids must not fill the memory. */
const REMEMBERED = 100;

/** Writes a text that a service has not written lately; the others are counted, and the next one says how many they were. */
export class Seldom {
  private readonly told = new Map<string, { at: number; held: number }>();

  constructor(
    /** Milliseconds of a monotonic clock. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  tell(text: string, write: (text: string) => void): void {
    const key = `${logContext().service ?? ''} ${text}`;
    const last = this.told.get(key);
    if (last && this.now() - last.at < AGAIN_AFTER_MS) {
      last.held += 1;
      return;
    }
    if (this.told.size >= REMEMBERED) this.forget();
    this.told.set(key, { at: this.now(), held: 0 });
    write(last && last.held > 0 ? `${text} (${last.held} more since it was last told)` : text);
  }

  private forget(): void {
    for (const [key, { at }] of this.told) if (this.now() - at >= AGAIN_AFTER_MS) this.told.delete(key);
  }
}
