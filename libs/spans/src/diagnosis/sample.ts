import type { ExtractedCall } from '@signalbox/contracts';
import type { Extraction } from '../calls/extract-calls.js';
import type { NormalSpan } from '../normal-span.js';

/** What is known of the model of a call beside its traces. */
export interface KnownModel {
  /** The name, or an alias, of a candidate of some router. */
  isCandidate: boolean;
  /** The span reports a cost, or tokens and the candidate's prices give one. */
  hasCost: boolean;
}

/** Traces of one source, and what else is known of them. */
export interface Sample {
  spans: readonly NormalSpan[];
  /** Out of these spans. */
  extraction: Extraction;
  /** What keeps the traces, e.g. `TEMPO`; null for files. */
  backend: string | null;
  /** Traces that the backend says it gave in part. */
  partialTraces: number;
  /** Records of content logs. */
  records: { read: number; withoutSpan: number };
  /** Nanoseconds since the epoch. */
  now: bigint;
  /** By trace id, when its last part came, of sources that are sent to; null for others. */
  receivedAt: ReadonlyMap<string, bigint> | null;
  /** Null where nobody knows the candidates. */
  models: ((call: ExtractedCall) => KnownModel) | null;
}

/** Where something was found. */
export interface Place {
  traceId: string;
  spanId: string | null;
  /** Of a call. */
  dialect?: string;
}

/** What a check saw. */
export interface Seen {
  /** Of what was found one by one. */
  places: Place[];
  /** Where it is not the number of places. */
  count?: number;
  /** Among how many it was looked for. */
  of: number;
  /** A sentence that tells these apart; it names services, models and lengths, never text of a prompt. */
  detail?: string;
}

export const SEVERITIES = ['SEVERE', 'WARNING', 'NOTE'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What to change, and where. */
export interface Setting {
  /** A dialect, a backend, or `any`. */
  where: string;
  change: string;
}

const MOST_SHOWN = 80;

/** A name that spans control: clients choose models, and a report is read in a terminal. */
export const shownName = (name: string): string => {
  const plain = name.replace(/\p{C}+/gu, '\uFFFD');
  return plain.length > MOST_SHOWN ? `${plain.slice(0, MOST_SHOWN)}\u2026` : plain;
};

export const placeOf = ({ traceId, spanId, dialect }: ExtractedCall): Place => ({ traceId, spanId, dialect });

/** Calls that brought an answer, from a model or a cache. */
export function answeredCalls({ extraction }: Sample): ExtractedCall[] {
  return extraction.calls.filter(({ status }) => status === 'OK' || status === 'CACHED');
}

/** The most frequent first, then by name. */
export function mostFrequent(names: Iterable<string>): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
