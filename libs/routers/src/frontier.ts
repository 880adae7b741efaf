/** A policy's mean quality and cost. */
export interface PolicyPoint {
  quality: number;
  costUsdPerCall: number;
}

/** Points of a sweep over the tradeoff; 25 a decade would not move an area by .001. */
const STEPS = 33;
/** The sweep runs over seven decades around one point of quality per range of cost. */
const LOWEST = -3;
const HIGHEST = 4;

/**
 * Tradeoffs (quality points per USD) that lead from the best quality to the lowest cost: 0, then a geometric series around
 * 1 / (dearest mean cost - cheapest). Only 0 when costs are unknown or all equal.
 */
export function sweepTradeoffs(meanCosts: ArrayLike<number>): number[] {
  const known = Array.from(meanCosts).filter((cost) => Number.isFinite(cost));
  const range = Math.max(...known) - Math.min(...known);
  if (known.length < 2 || !(range > 0)) return [0];
  const steps = Array.from(
    { length: STEPS },
    (_, k) => 10 ** (LOWEST + (k * (HIGHEST - LOWEST)) / (STEPS - 1)) / range,
  );
  return [0, ...steps];
}

/** The corners of the non-decreasing upper convex hull, by rising cost. */
export function nonDecreasingHull(points: readonly PolicyPoint[]): PolicyPoint[] {
  const sorted = [...points].sort((a, b) => a.costUsdPerCall - b.costUsdPerCall || b.quality - a.quality);
  const hull: PolicyPoint[] = [];
  let best = -Infinity;
  for (const point of sorted) {
    // A dearer point that is no better is never a corner.
    if (point.quality <= best) continue;
    best = point.quality;
    while (hull.length >= 2 && !turnsDown(hull.at(-2)!, hull.at(-1)!, point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/**
 * Average improvement in quality (RouterBench, arXiv 2403.12031), in the hull form: the area under the non-decreasing convex hull of
 * `points` between two costs, divided by their distance. Beyond its last corner the hull is level; before its first corner, where
 * the policy cannot go, it counts as 0.
 *
 * @returns null when the two costs are equal or unknown, or there is no point
 */
export function averageQuality(points: readonly PolicyPoint[], cheapest: number, dearest: number): number | null {
  const hull = nonDecreasingHull(points);
  const last = hull.at(-1);
  if (!last || !(dearest > cheapest)) return null;
  let area = 0;
  for (let k = 0; k + 1 < hull.length; k += 1) area += trapezium(hull[k]!, hull[k + 1]!, cheapest, dearest);
  area += last.quality * Math.max(dearest - Math.max(last.costUsdPerCall, cheapest), 0);
  return area / (dearest - cheapest);
}

function trapezium(a: PolicyPoint, b: PolicyPoint, from: number, to: number): number {
  const left = Math.max(a.costUsdPerCall, from);
  const right = Math.min(b.costUsdPerCall, to);
  if (!(right > left)) return 0;
  const slope = (b.quality - a.quality) / (b.costUsdPerCall - a.costUsdPerCall);
  const at = (cost: number): number => a.quality + slope * (cost - a.costUsdPerCall);
  return ((at(left) + at(right)) / 2) * (right - left);
}

function turnsDown(a: PolicyPoint, b: PolicyPoint, c: PolicyPoint): boolean {
  const first = (b.quality - a.quality) * (c.costUsdPerCall - b.costUsdPerCall);
  const second = (c.quality - b.quality) * (b.costUsdPerCall - a.costUsdPerCall);
  return first > second;
}
