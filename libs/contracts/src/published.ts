/**
 * Which logged calls can teach a router, as a condition on `ingest.call_v1`: answered, with text, whole, and without tools
 * (a replay cannot run a user's tools). Replay and dataset must agree on it, or their samples would differ.
 */
export const ELIGIBLE_CALL =
  "status = 'OK' and query is not null and response is not null and not has_tools and not truncated";
