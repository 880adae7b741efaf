import type { Dialect } from './dialect.js';

/** RouteIQ, a gateway on LiteLLM: its costs; its decisions are in {@link ROUTEIQ_DECISION}. */
export const ROUTEIQ: Dialect = {
  name: 'routeiq',
  fields: {
    inputTokens: ['llm.cost.input_tokens'],
    outputTokens: ['llm.cost.output_tokens'],
    costUsd: ['llm.cost.total_cost_usd'],
    inputCostUsd: ['llm.cost.input_cost_usd'],
    outputCostUsd: ['llm.cost.output_cost_usd'],
  },
  fallbacks: { requestModel: ['llm.model', 'litellm.model', 'llm.cost.model'] },
};

/** The event in which RouteIQ writes a decision (contract v1), and the attributes that say less of the same. */
export const ROUTEIQ_DECISION = {
  events: ['routeiq.router_decision', 'routeiq.router_decision.v1'],
  payload: 'routeiq.router_decision.payload',
  strategy: 'router.strategy',
  strategyVersion: 'router.strategy_version',
  chosen: 'router.model_selected',
} as const;
