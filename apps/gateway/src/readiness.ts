import { isErrorCode, type ErrorCode, type ServiceName } from '@signalbox/contracts';
import { z } from 'zod';

/** Probes of Kubernetes give up after one second by default. */
const ANSWER_WITHIN_MS = 900;

export interface Readiness {
  ready: boolean;
  status: 'ready' | 'not ready';
  services: Partial<Record<ServiceName, 'ready' | 'not ready'>>;
  /** Why, of each service that is not ready. */
  problems: Partial<Record<ServiceName, ErrorCode[]>>;
}

/**
 * The gateway is ready as soon as one service is: it answers what can be answered, and the rest with DEPENDENCY_UNAVAILABLE.
 * @param services GraphQL address of each
 */
export async function readinessOf(services: Partial<Record<ServiceName, string>>): Promise<Readiness> {
  const states = await Promise.all(
    Object.entries(services).map(async ([name, url]) => ({ name, problems: await problemsOf(url) })),
  );
  const ready = states.some(({ problems }) => problems.length === 0);
  return {
    ready,
    status: ready ? 'ready' : 'not ready',
    services: Object.fromEntries(
      states.map(({ name, problems }) => [name, problems.length === 0 ? 'ready' : 'not ready']),
    ),
    problems: Object.fromEntries(
      states.flatMap(({ name, problems }) => (problems.length > 0 ? [[name, problems]] : [])),
    ),
  };
}

const notReady = z.object({ checks: z.record(z.string(), z.object({ code: z.string().optional() })) });

/** Codes of what a service lacks; DEPENDENCY_UNAVAILABLE when it does not say. */
async function problemsOf(url: string): Promise<ErrorCode[]> {
  try {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (answer.ok) return [];
    const codes = Object.values(notReady.parse(await answer.json()).checks).flatMap(({ code }) =>
      isErrorCode(code) ? [code] : [],
    );
    return codes.length > 0 ? codes : ['DEPENDENCY_UNAVAILABLE'];
  } catch {
    return ['DEPENDENCY_UNAVAILABLE']; // whoever does not answer is not ready, for whatever reason
  }
}
