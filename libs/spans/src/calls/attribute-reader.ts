import type { FieldName } from '../dialects/dialect.js';
import { LITELLM_PLACEHOLDERS } from '../dialects/litellm.js';
import { member, memberAt } from '../json.js';
import type { Attributes, NormalSpan } from '../normal-span.js';
import { sourceOf, type KeyPlan, type Source } from './key-plan.js';
import { KeyPlans } from './key-plans.js';
import { isRawCopy, rawAlias } from './raw-copy.js';
import { isEmpty, toStructure } from './structure.js';

const PLANS = new KeyPlans();
const RAW_PLANS = new KeyPlans(rawAlias);

/** Reads one span's attributes by the notations of the dialect tables. Values are parsed once. */
export class AttributeReader {
  private parsed: Map<string, unknown> | undefined;

  private constructor(
    private readonly attributes: Attributes,
    readonly plan: KeyPlan,
    /** LiteLLM's copy of a provider's request and response. */
    readonly isRawCopy: boolean,
  ) {}

  static ofSpan(span: NormalSpan): AttributeReader {
    const { attributes } = span;
    const isRaw = isRawCopy(span);
    return new AttributeReader(attributes, (isRaw ? RAW_PLANS : PLANS).of(attributes), isRaw);
  }

  static ofResource(attributes: Attributes): AttributeReader {
    return new AttributeReader(attributes, PLANS.of(attributes), false);
  }

  /** The value as it is on the span. */
  raw(key: string): unknown {
    return member(this.attributes, key);
  }

  /** True when one of the keys is there with a value. */
  hasAny(keys: readonly string[]): boolean {
    return keys.some((key) => !isEmpty(this.raw(key)));
  }

  /** The value at `key` or, for `key#a.b`, at member a.b of what `key` holds; undefined when absent or empty. */
  value(notation: string): unknown {
    return this.valueAt(sourceOf(notation));
  }

  /**
   * What `key` holds as an object or array: native, JSON, JSON in JSON, or a Python repr; undefined otherwise. For
   * `key#a.b` the member of that, whatever it is.
   */
  structured(notation: string): unknown {
    return this.structuredAt(sourceOf(notation));
  }

  text(notation: string): string | undefined {
    return this.textAt(sourceOf(notation));
  }

  /** A finite number that is not negative, also out of a string. */
  amount(notation: string): number | undefined {
    return this.amountAt(sourceOf(notation));
  }

  fieldText(name: FieldName, dialect: string): string | null {
    for (const source of this.sourcesOf(name, dialect)) {
      const found = this.textAt(source);
      if (found !== undefined && found !== LITELLM_PLACEHOLDERS[name]) return found;
    }
    return null;
  }

  fieldAmount(name: FieldName, dialect: string, isFit: (amount: number) => boolean = isAny): number | null {
    for (const source of this.sourcesOf(name, dialect)) {
      const found = this.amountAt(source);
      if (found !== undefined && isFit(found)) return found;
    }
    return null;
  }

  fieldCount(name: FieldName, dialect: string): number | null {
    return this.fieldAmount(name, dialect, Number.isSafeInteger);
  }

  fieldFlag(name: FieldName): boolean {
    return (this.plan.fields.get(name) ?? []).some((source) => {
      const value = this.valueAt(source);
      return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
    });
  }

  /** A field's sources, the dialect's own last. */
  sourcesOf(name: FieldName, dialect: string): readonly Source[] {
    const sources = this.plan.fields.get(name) ?? [];
    if (this.plan.own.length === 0) return sources;
    const own = this.plan.own.filter((one) => one.field === name && one.dialect === dialect);
    return [...sources, ...own.map(({ source }) => source)];
  }

  valueAt(source: Source): unknown {
    const value = source.path.length === 0 ? this.raw(source.key) : this.structuredAt(source);
    return isEmpty(value) ? undefined : value;
  }

  structuredAt({ key, path }: Source): unknown {
    const raw = this.raw(key);
    if (raw === undefined) return undefined;
    this.parsed ??= new Map();
    if (!this.parsed.has(key)) this.parsed.set(key, toStructure(raw));
    const structure = this.parsed.get(key);
    return path.length === 0 ? structure : memberAt(structure, path);
  }

  private textAt(source: Source): string | undefined {
    const value = this.valueAt(source);
    if (typeof value === 'string') return unquoted(value);
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  }

  private amountAt(source: Source): number | undefined {
    const value = this.valueAt(source);
    const number = typeof value === 'string' && /^[+\d.]/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
  }
}

function isAny(): boolean {
  return true;
}

/** MLflow writes its attributes as JSON, so its strings are quoted. */
function unquoted(text: string): string | undefined {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  const inner = text.slice(1, -1);
  return isEmpty(inner) ? undefined : inner;
}
