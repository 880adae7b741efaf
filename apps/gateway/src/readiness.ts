import type { ServiceName } from '@signalbox/contracts';

/** Probes of Kubernetes give up after one second by default. */
const ANSWER_WITHIN_MS = 900;

export interface Readiness {
  ready: boolean;
  status: 'ready' | 'not ready';
  services: Partial<Record<ServiceName, 'ready' | 'not ready'>>;
}

/**
 * The gateway is ready as soon as one service is: it answers what can be answered, and the rest with DEPENDENCY_UNAVAILABLE.
 * @param services GraphQL address of each
 */
export async function readinessOf(services: Partial<Record<ServiceName, string>>): Promise<Readiness> {
  const states = await Promise.all(
    Object.entries(services).map(async ([name, url]) => [name, (await isReady(url)) ? 'ready' : 'not ready'] as const),
  );
  const ready = states.some(([, state]) => state === 'ready');
  return { ready, status: ready ? 'ready' : 'not ready', services: Object.fromEntries(states) };
}

async function isReady(url: string): Promise<boolean> {
  const probe = new URL('/readyz', url);
  try {
    return (await fetch(probe, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
  } catch {
    return false; // whoever does not answer is not ready, for whatever reason
  }
}
