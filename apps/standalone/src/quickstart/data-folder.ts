import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DEFAULT_SEED, type QuickstartOptions } from './options.js';

/**
 * Where a run keeps its data. The default sample is what `npm start` shows afterwards; any other sample, and traces of one's
 * own, get a folder of their own below it, so that made-up calls never teach a router beside real ones.
 */
export function dataFolderOf(base: string, { jaeger, service, scenario, seed }: QuickstartOptions): string {
  if (jaeger !== undefined) {
    const name = createHash('sha256')
      .update(`${jaeger} ${service ?? ''}`)
      .digest('hex')
      .slice(0, 12);
    return join(base, `jaeger-${name}`);
  }
  return scenario === 'default' && seed === DEFAULT_SEED ? base : join(base, `sample-${scenario}-${seed}`);
}
