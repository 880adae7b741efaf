const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A gateway writes the day of its own clock into a key: east of Greenwich it begins up to 14 hours early, west it ends 12 late. */
const EARLIEST_ZONE_MS = 14 * HOUR_MS;
const LATEST_ZONE_MS = 12 * HOUR_MS;
/** An object is written after its spans start; clocks differ. */
const SKEW_MS = 5 * 60_000;
/** As LiteLLM writes it, between slashes: `team/2026-03-01/time-10-00-00-000000_chatcmpl-1.json`. */
const DAY_IN_KEY = /(?:^|\/)(\d{4}-\d{2}-\d{2})\//;

export interface ListedObject {
  key: string;
  modified: number;
}

interface KnownObject {
  key: string;
  /** When its spans may start, or do once it has been read; milliseconds since the epoch. */
  from: number;
  to: number;
  /** Null until it has been read. */
  traceIds: readonly string[] | null;
}

/** Which objects of a bucket may hold spans of a window: by the day in their key and by when they were written, and surely once read. */
export class ObjectIndex {
  private readonly objects = new Map<string, KnownObject>();
  private readonly keysOfTrace = new Map<string, Set<string>>();

  constructor(listed: readonly ListedObject[]) {
    for (const { key, modified } of listed) {
      const day = Date.parse(`${DAY_IN_KEY.exec(key)?.[1] ?? ''}T00:00:00Z`);
      const guess = Number.isNaN(day)
        ? { from: -Infinity, to: modified + SKEW_MS }
        : { from: day - EARLIEST_ZONE_MS, to: Math.min(day + DAY_MS + LATEST_ZONE_MS, modified + SKEW_MS) };
      this.objects.set(key, { key, ...guess, traceIds: null });
    }
  }

  /** Keys of objects with spans that may start between two moments, in order. */
  within(from: number, to: number): string[] {
    return [...this.objects.values()].filter((each) => each.from < to && each.to >= from).map(({ key }) => key);
  }

  /** Of these, the keys whose objects have not been read yet. */
  unread(keys: readonly string[]): string[] {
    return keys.filter((key) => this.objects.get(key)?.traceIds === null);
  }

  /** Keys of the objects, as far as they have been read, that hold spans of a trace. */
  ofTrace(traceId: string): string[] {
    return [...(this.keysOfTrace.get(traceId) ?? [])];
  }

  /** @returns whether it had not been read before */
  learn(key: string, starts: readonly number[], traceIds: readonly string[]): boolean {
    const known = this.objects.get(key);
    if (known === undefined || known.traceIds !== null) return false;
    const from = starts.reduce((least, start) => Math.min(least, start), Infinity);
    const to = starts.reduce((most, start) => Math.max(most, start), -Infinity);
    this.objects.set(key, { key, from, to, traceIds });
    for (const traceId of traceIds) {
      const keys = this.keysOfTrace.get(traceId);
      if (keys) keys.add(key);
      else this.keysOfTrace.set(traceId, new Set([key]));
    }
    return true;
  }
}
