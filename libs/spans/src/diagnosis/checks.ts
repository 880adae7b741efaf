import { CALL_CHECKS } from './call-checks.js';
import type { Check } from './check.js';
import { TRACE_CHECKS } from './trace-checks.js';

/** In the order in which one would mend them. */
export const CHECKS: readonly Check[] = [...TRACE_CHECKS, ...CALL_CHECKS];
