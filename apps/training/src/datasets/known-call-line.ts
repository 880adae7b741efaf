import { z } from 'zod';
import type { KnownCall } from './assemble.js';

const row = z.object({
  id: z.string(),
  started_ms: z.number(),
  query: z.string(),
  session_id: z.string().nullable(),
  candidate: z.string(),
  chosen_candidate: z.string().nullable(),
  propensity: z.number().nullable(),
  probabilities: z.record(z.string(), z.number()).nullable(),
  cost_usd: z.number().nullable(),
  response_time_seconds: z.number().nullable(),
  performance: z.number().nullable(),
  labeler: z.string().nullable(),
  kind: z.string().nullable(),
  replayed: z
    .array(
      z.object({
        candidate: z.string(),
        performance: z.number(),
        labeler: z.string(),
        kind: z.string().nullable(),
        cost_usd: z.number().nullable(),
        in_random_slice: z.boolean(),
      }),
    )
    .nullable(),
  checked: z.object({ people: z.number(), judges: z.record(z.string(), z.number()) }).nullable(),
});

/**
 * Reads what the database says of a call.
 * @param line JSON
 * @param nameOf candidate by each of its names, in lower case
 */
export function knownCallOf(line: string, nameOf: ReadonlyMap<string, string>): KnownCall {
  const from = row.parse(JSON.parse(line));
  const resolved = (name: string): string => nameOf.get(name.toLowerCase()) ?? name;
  const chosen = from.chosen_candidate === null ? null : resolved(from.chosen_candidate);
  const probabilities = from.probabilities && byCandidate(from.probabilities, resolved);
  return {
    id: from.id,
    startedAtMs: from.started_ms,
    query: from.query,
    sessionId: from.session_id,
    candidate: from.candidate,
    chosen,
    // Of a candidate with several names the recorded one is the chance of one name.
    propensity:
      from.propensity === null || chosen === null ? from.propensity : (probabilities?.[chosen] ?? from.propensity),
    probabilities,
    costUsd: from.cost_usd,
    responseTimeSeconds: from.response_time_seconds,
    performance: from.performance,
    labeler: from.labeler,
    kind: from.kind,
    replayed: (from.replayed ?? []).map((cell) => ({
      candidate: cell.candidate,
      performance: cell.performance,
      labeler: cell.labeler,
      kind: cell.kind,
      costUsd: cell.cost_usd,
      inRandomSlice: cell.in_random_slice,
    })),
    checked: from.checked,
  };
}

/** A policy that draws among several names of one candidate takes it with the sum of their chances. */
function byCandidate(
  probabilities: Readonly<Record<string, number>>,
  resolved: (name: string) => string,
): Record<string, number> {
  const chances = new Map<string, number>();
  for (const [name, chance] of Object.entries(probabilities)) {
    const candidate = resolved(name);
    chances.set(candidate, (chances.get(candidate) ?? 0) + chance);
  }
  return Object.fromEntries(chances);
}
