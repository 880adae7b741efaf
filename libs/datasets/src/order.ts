/** Orders strings by code unit: the same on every machine, unlike a collation. */
export function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
