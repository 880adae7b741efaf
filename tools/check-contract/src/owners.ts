/**
 * The service that keeps an entity, where several services resolve it. The fields of the others are nullable, so that the rest
 * answers when one of them is down; the supergraph itself does not tell whose entity it is.
 */
export const OWNERS: Readonly<Record<string, string>> = { LlmCall: 'ingest', Router: 'registry' };
