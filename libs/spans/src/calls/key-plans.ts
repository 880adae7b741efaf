import { isRead, planFor, type KeyPlan } from './key-plan.js';

/** Emitters have some dozens of key sets of some dozens of keys; a new one in every span must not fill the memory. */
const MAX_REMEMBERED_KEYS = 200_000;
/** No table has a longer key. */
const MAX_KEY_LENGTH = 256;

interface Step {
  next: Map<number, Step>;
  plan: KeyPlan | undefined;
}

/** Plans by the keys of a span, in their order. Spans of one emitter share theirs. */
export class KeyPlans {
  /** Number of each key that was met; 0 for those that no table reads. */
  private numbers = new Map<string, number>();
  private first: Step = { next: new Map(), plan: undefined };
  /** Keys that are held by numbers, steps and plans. */
  private held = 0;

  /** @param alias another name by which the tables know a key */
  constructor(private readonly alias: (key: string) => string | undefined = () => undefined) {}

  of(attributes: Readonly<Record<string, unknown>>): KeyPlan {
    if (this.held > MAX_REMEMBERED_KEYS) this.forget();
    let step = this.first;
    const keys = Object.keys(attributes);
    for (const key of keys) {
      const number = this.numbers.get(key) ?? this.learn(key);
      if (number === 0) continue;
      let next = step.next.get(number);
      if (next === undefined) {
        next = { next: new Map(), plan: undefined };
        step.next.set(number, next);
        this.held += 1;
      }
      step = next;
    }
    if (step.plan === undefined) {
      const names = this.names(keys);
      step.plan = planFor(names);
      this.held += names.size;
    }
    return step.plan;
  }

  private learn(key: string): number {
    if (key.length > MAX_KEY_LENGTH) return 0;
    const alias = this.alias(key);
    const read = isRead(key) || (alias !== undefined && isRead(alias));
    const number = read ? this.numbers.size + 1 : 0;
    this.numbers.set(key, number);
    this.held += 1;
    return number;
  }

  private names(keys: readonly string[]): Map<string, string> {
    const read = keys.filter((key) => (this.numbers.get(key) ?? 0) !== 0);
    const aliases = read.flatMap((key): [string, string][] => {
      const alias = this.alias(key);
      return alias === undefined ? [] : [[alias, key]];
    });
    return new Map([...aliases, ...read.map((key): [string, string] => [key, key])]);
  }

  private forget(): void {
    this.numbers = new Map();
    this.first = { next: new Map(), plan: undefined };
    this.held = 0;
  }
}
