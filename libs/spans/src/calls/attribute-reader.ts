import { isObject, member, memberAt, parseJson } from '../json.js';
import { parsePythonLiteral } from '../dialects/python-literal.js';
import { RAW_SPAN_NAME } from '../dialects/classification.js';
import type { Attributes, NormalSpan } from '../normal-span.js';

const RAW_KEY = /^llm\.[^.]+\.(.+)$/;
/** What emitters write for "no value". */
const EMPTY_TEXTS = new Set(['', 'None', 'null', 'undefined']);

/** Reads one span's attributes by the notations of the dialect tables. Values are parsed once. */
export class AttributeReader {
  private readonly parsed = new Map<string, unknown>();
  private readonly attributes: Attributes;
  readonly keys: readonly string[];

  constructor(span: NormalSpan) {
    this.attributes = span.name === RAW_SPAN_NAME ? withRawKeys(span.attributes) : span.attributes;
    this.keys = Object.keys(this.attributes);
  }

  /** The value as it is on the span. */
  raw(key: string): unknown {
    return member(this.attributes, key);
  }

  /** True when the key, or a key below it (`key.…`), is there with a value. */
  hasAny(key: string): boolean {
    if (!isEmpty(this.raw(key))) return true;
    const below = `${key}.`;
    return this.keys.some((name) => name.startsWith(below) && !isEmpty(this.raw(name)));
  }

  /** The value at `key` or, for `key#a.b`, at member a.b of what `key` holds; undefined when absent or empty. */
  value(source: string): unknown {
    const value = source.includes('#') ? this.structured(source) : this.raw(source);
    return isEmpty(value) ? undefined : value;
  }

  /**
   * What `key` holds as an object or array: native, JSON, JSON in JSON, or a Python repr; undefined otherwise. For
   * `key#a.b` the member of that, whatever it is.
   */
  structured(source: string): unknown {
    const at = source.indexOf('#');
    const key = at < 0 ? source : source.slice(0, at);
    const raw = this.raw(key);
    if (raw === undefined) return undefined;
    if (!this.parsed.has(key)) this.parsed.set(key, toStructure(raw));
    const structure = this.parsed.get(key);
    return at < 0 ? structure : memberAt(structure, source.slice(at + 1).split('.'));
  }

  text(source: string): string | undefined {
    const value = this.value(source);
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  }

  /** A finite number that is not negative, also out of a string. */
  amount(source: string): number | undefined {
    const value = this.value(source);
    const number = typeof value === 'string' && /^[+\d.]/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
  }

  count(source: string): number | undefined {
    const amount = this.amount(source);
    return Number.isSafeInteger(amount) ? amount : undefined;
  }

  flag(source: string): boolean {
    const value = this.value(source);
    return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
  }

  /** First of the sources that `read` finds something in. */
  first<T>(sources: readonly string[], read: (source: string) => T | undefined): T | null {
    for (const source of sources) {
      const found = read(source);
      if (found !== undefined) return found;
    }
    return null;
  }
}

/** Objects and arrays out of native values, JSON (parsed up to twice) or a Python repr; undefined for anything else. */
export function toStructure(value: unknown): unknown {
  if (isObject(value) || Array.isArray(value)) return value;
  if (typeof value !== 'string') return undefined;
  const once = parseJson(value);
  const twice = typeof once === 'string' ? parseJson(once) : once;
  if (isObject(twice) || Array.isArray(twice)) return twice;
  if (twice !== undefined || !/^\s*[[({]/.test(value)) return undefined;
  const literal = parsePythonLiteral(value);
  return isObject(literal) || Array.isArray(literal) ? literal : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && EMPTY_TEXTS.has(value));
}

function withRawKeys(attributes: Attributes): Attributes {
  const raw = Object.entries(attributes).flatMap(([key, value]): [string, Attributes[string]][] => {
    const rest = RAW_KEY.exec(key)?.[1];
    return rest === undefined ? [] : [[`litellm.raw.${rest}`, value]];
  });
  return Object.fromEntries([...raw, ...Object.entries(attributes)]);
}
