import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

export const LOOK_MS = 200;
/** Longer than any test waits for a state that comes. */
const PATIENCE_MS = 60_000;

const readiness = z.object({
  checks: z.record(z.string(), z.object({ code: z.string().optional() })).optional(),
  problems: z.record(z.string(), z.array(z.string())).optional(),
});
export interface Probe {
  health: number;
  ready: number;
  said: z.infer<typeof readiness>;
}

export async function probe(origin: string): Promise<Probe> {
  const [health, ready] = await Promise.all([fetch(new URL('/healthz', origin)), fetch(new URL('/readyz', origin))]);
  return { health: health.status, ready: ready.status, said: readiness.parse(await ready.json()) };
}

/** Milliseconds until every port answers so. */
export async function until(status: number, origins: readonly string[]): Promise<number> {
  const from = performance.now();
  for (;;) {
    const probes = await Promise.all(origins.map(probe));
    if (probes.every(({ ready }) => ready === status) || performance.now() - from > PATIENCE_MS)
      return performance.now() - from;
    await delay(LOOK_MS);
  }
}
