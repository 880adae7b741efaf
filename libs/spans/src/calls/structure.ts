import { parsePythonLiteral } from '../dialects/python-literal.js';
import { isObject, parseJson } from '../json.js';

/** True for what emitters write for "no value". */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return value === 'None' || value === 'null' || value === 'undefined';
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Objects and arrays out of native values, JSON (parsed up to twice) or a Python repr; undefined for anything else. */
export function toStructure(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value !== 'string' || !mayBeStructure(value)) return undefined;
  const once = PYTHON_START.test(value) ? undefined : parseJson(value);
  const twice = typeof once === 'string' ? parseJson(once) : once;
  if (isObject(twice) || Array.isArray(twice)) return twice;
  if (twice !== undefined || !/^\s*[[({]/.test(value)) return undefined;
  const literal = parsePythonLiteral(value);
  return isObject(literal) || Array.isArray(literal) ? literal : undefined;
}

/** No JSON has an apostrophe there; asking it first costs an exception. */
const PYTHON_START = /^\s*[[({][[({\s]*'/;

/** JSON and Python begin a list, an object, a tuple or (JSON in JSON) a string with one of these. */
function mayBeStructure(text: string): boolean {
  return /^\s*["[({]/.test(text);
}

/** Arguments as the model wrote them, or as JSON where the emitter had parsed them. Absent arguments are `{}`. */
export function jsonText(value: unknown): string {
  if (value === undefined || value === null) return '{}';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
