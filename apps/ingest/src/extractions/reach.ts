/** How far a reading goes back before the watermark: spans that reached the backend late lie there. */
export const OVERLAP_MS = 10 * 60_000;
/** How far a reading stays behind the present: spans wait in batch processors before they reach the backend. */
export const LAG_MS = 60_000;
