import type { Dialect } from './dialect.js';

/** OpenLIT: OpenTelemetry's names, a cost, and in its older releases the conversation as text in one event. */
export const OPENLIT: Dialect = {
  name: 'openlit',
  signs: [{ scopes: ['openlit'] }],
  fields: { costUsd: ['gen_ai.usage.cost'] },
  fallbacks: { costUsd: ['gen_ai.usage.total_cost'] },
  input: [{ events: 'content' }],
  output: [{ events: 'content' }],
};
