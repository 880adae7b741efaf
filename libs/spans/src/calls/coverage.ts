import type { ExtractedCall } from '@signalbox/contracts';

/** How many calls hold what later stages need. */
export interface Coverage {
  calls: number;
  withQuery: number;
  withResponse: number;
  /** A request or a response model. */
  withModel: number;
  /** Both input and output tokens. */
  withTokens: number;
  withCost: number;
  withPropensity: number;
  truncated: number;
  byDialect: Record<string, number>;
}

export function coverageOf(calls: readonly ExtractedCall[]): Coverage {
  const having = (test: (call: ExtractedCall) => boolean): number => calls.filter(test).length;
  const dialects = new Map<string, number>();
  for (const { dialect } of calls) dialects.set(dialect, (dialects.get(dialect) ?? 0) + 1);
  return {
    calls: calls.length,
    withQuery: having((call) => call.query !== null),
    withResponse: having((call) => call.response !== null),
    withModel: having((call) => call.responseModel !== null || call.requestModel !== null),
    withTokens: having((call) => call.inputTokens !== null && call.outputTokens !== null),
    withCost: having((call) => call.costUsd !== null),
    withPropensity: having((call) => call.propensity !== null),
    truncated: having((call) => call.truncated),
    byDialect: Object.fromEntries([...dialects].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
