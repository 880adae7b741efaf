/** Span attributes of our own; set by the gateway's hook and the sample traffic, read by ingest. */
export const SPAN_ATTRIBUTES = {
  decisionId: 'signalbox.decision.id',
  routerVersion: 'signalbox.router.version',
  chosen: 'signalbox.router.chosen',
  propensity: 'signalbox.router.propensity',
  /** JSON object: candidate -> probability. */
  probabilities: 'signalbox.router.probabilities',
  /** Array of candidate names. */
  available: 'signalbox.router.available',
} as const;
