const MAX_NESTING = 64;
const CONSTANTS = new Map<string, unknown>([
  ['None', null],
  ['True', true],
  ['False', false],
  ['nan', null],
]);
const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\x07'],
  ['0', '\0'],
  ['\n', ''],
]);
const HEX_DIGITS = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

class NotPython extends Error {}

/**
 * Reads what Python's `repr` or `str` wrote of dicts, lists, tuples, strings, numbers, None, True, False and of
 * objects in call form (`Usage(total_tokens=3)` becomes an object), as LiteLLM's older callback puts it on spans.
 * Undefined when the text is anything else, is cut, or is nested deeper than 64 levels.
 */
export function parsePythonLiteral(text: string): unknown {
  const reader = new LiteralReader(text);
  try {
    const value = reader.value(0);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof NotPython) return undefined;
    throw error;
  }
}

class LiteralReader {
  private at = 0;

  constructor(private readonly text: string) {}

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw new NotPython();
  }

  value(nesting: number): unknown {
    if (nesting > MAX_NESTING) throw new NotPython();
    this.skipSpace();
    const next = this.text.charAt(this.at);
    if (next === '{') return this.dict(nesting + 1);
    if (next === '[') return this.list(']', nesting + 1);
    if (next === '(') return this.list(')', nesting + 1);
    if (next === "'" || next === '"') return this.string();
    return this.numberOrName(nesting + 1);
  }

  private dict(nesting: number): unknown {
    this.at += 1;
    const entries: [string, unknown][] = [];
    while (!this.take('}')) {
      const key = this.value(nesting);
      if (typeof key !== 'string' && typeof key !== 'number') throw new NotPython();
      this.expect(':');
      entries.push([String(key), this.value(nesting)]);
      if (!this.take(',')) {
        this.expect('}');
        break;
      }
    }
    return Object.fromEntries(entries);
  }

  private list(close: string, nesting: number): unknown[] {
    this.at += 1;
    const items: unknown[] = [];
    while (!this.take(close)) {
      items.push(this.value(nesting));
      if (!this.take(',')) {
        this.expect(close);
        break;
      }
    }
    return items;
  }

  private string(): string {
    const quote = this.text.charAt(this.at);
    let out = '';
    let from = (this.at += 1);
    for (;;) {
      const char = this.text.charAt(this.at);
      if (char === '') throw new NotPython();
      if (char === quote) break;
      this.at += 1;
      if (char !== '\\') continue;
      out += this.text.slice(from, this.at - 1) + this.escape();
      from = this.at;
    }
    out += this.text.slice(from, this.at);
    this.at += 1;
    return out;
  }

  private escape(): string {
    const char = this.text.charAt(this.at);
    this.at += 1;
    const digits = HEX_DIGITS.get(char);
    if (digits === undefined) return ESCAPES.get(char) ?? (/['"\\]/.test(char) ? char : `\\${char}`);
    const hex = this.text.slice(this.at, this.at + digits);
    const code = Number.parseInt(hex, 16);
    if (!/^[0-9a-f]+$/i.test(hex) || hex.length < digits || code > 0x10ffff) throw new NotPython();
    this.at += digits;
    return String.fromCodePoint(code);
  }

  private numberOrName(nesting: number): unknown {
    const token = /[-+\w.]*/y;
    token.lastIndex = this.at;
    const word = token.exec(this.text)?.[0] ?? '';
    this.at += word.length;
    if (/^[-+]?(\d[\d_]*)?\.?\d+(e[-+]?\d+)?$/i.test(word)) return Number(word.replaceAll('_', ''));
    const constant = CONSTANTS.get(word);
    if (constant !== undefined) return constant;
    if (!/^[A-Za-z_][\w.]*$/.test(word) || this.text.charAt(this.at) !== '(') throw new NotPython();
    return this.call(nesting);
  }

  private call(nesting: number): unknown {
    this.at += 1;
    const entries: [string, unknown][] = [];
    while (!this.take(')')) {
      const name = /[A-Za-z_]\w*/y;
      this.skipSpace();
      name.lastIndex = this.at;
      const key = name.exec(this.text)?.[0];
      if (key === undefined) throw new NotPython();
      this.at += key.length;
      this.expect('=');
      entries.push([key, this.value(nesting)]);
      if (!this.take(',')) {
        this.expect(')');
        break;
      }
    }
    return Object.fromEntries(entries);
  }

  private take(char: string): boolean {
    this.skipSpace();
    if (this.text.charAt(this.at) !== char) return false;
    this.at += 1;
    return true;
  }

  private expect(char: string): void {
    if (!this.take(char)) throw new NotPython();
  }

  private skipSpace(): void {
    while (/\s/.test(this.text.charAt(this.at)) && this.at < this.text.length) this.at += 1;
  }
}
