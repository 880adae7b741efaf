const MAX_NESTING = 64;

/** A JSON object, whatever its prototype. Read its members with {@link member}, which sees own keys only. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member. `__proto__` and `constructor` are data in a trace file, never the object's machinery. */
export function member(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Follows own members; undefined as soon as one is missing. */
export function memberAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current)) current = current[Number(key)];
    else if (isObject(current)) current = member(current, key);
    else return undefined;
  }
  return current;
}

/** JSON text to a value; undefined when it is not JSON or is nested deeper than any honest message (64 levels). */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return mayNestDeeply(text) && isNestedDeeper(value, MAX_NESTING) ? undefined : value;
}

/** Every level opens with a bracket, and few texts have as many. */
function mayNestDeeply(text: string): boolean {
  let opened = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      opened += 1;
      if (opened > MAX_NESTING) return true;
    }
  }
  return false;
}

function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((item) => isNestedDeeper(item, levels - 1));
}
