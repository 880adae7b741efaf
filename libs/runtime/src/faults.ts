import type { z } from 'zod';

/** What a schema finds wrong, in one line; zod's own text spreads over several, with marks for a terminal. */
export function faultsOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ');
}
