import { MalformedSpan } from './span-reading.js';

/** Wire types of protobuf; groups (3 and 4) are not in use any more. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** How a field begins: its number and its wire type. */
export const varintField = (number: number): number => number * 8 + VARINT;
export const fixed64Field = (number: number): number => number * 8 + FIXED64;
export const lengthField = (number: number): number => number * 8 + LENGTH;

export const CUT = 'the message ends too early';
const KEY_SLOTS = 512;
const LONGEST_KEY = 48;

/**
 * Reads protobuf's wire format in place. `position` and `end` bound the message that is being read; a reader of a
 * nested message narrows `end` and sets it back.
 */
export class WireReader {
  position = 0;
  end: number;
  private readonly view: DataView;
  private readonly keys = new Array<string | undefined>(KEY_SLOTS);

  constructor(private readonly bytes: Buffer) {
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The beginning of the next field; 0 at the end of the message. */
  field(): number {
    if (this.position >= this.end) return 0;
    const first = this.bytes[this.position] ?? 0;
    // Field numbers to 15 fit one byte.
    if (first < 0x80 && first > 7) {
      this.position += 1;
      return first;
    }
    const field = this.varint();
    if (field < 8) throw new MalformedSpan('', 'a field has the number 0');
    return field;
  }

  /** Whole number to 2^53; larger ones lose their low digits, see {@link int64}. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      if (this.position >= this.end) throw new MalformedSpan('', CUT);
      const byte = this.bytes[this.position] ?? 0;
      this.position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new MalformedSpan('', 'a number is longer than 64 bits');
  }

  /** Signed; the string of its digits where a double cannot hold it. */
  int64(): number | string {
    const start = this.position;
    const value = this.varint();
    if (Number.isSafeInteger(value)) return value;
    let exact = 0n;
    for (let at = this.position - 1; at >= start; at -= 1) {
      exact = (exact << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    }
    const signed = BigInt.asIntN(64, exact);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : String(signed);
  }

  fixed64(): bigint {
    this.need(8);
    const value = this.view.getBigUint64(this.position, true);
    this.position += 8;
    return value;
  }

  double(): number {
    this.need(8);
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  /** Begins a nested message, string or bytes: where it ends. */
  length(): number {
    const length = this.varint();
    this.need(length);
    return this.position + length;
  }

  /** What is not UTF-8 comes as the replacement character. */
  text(): string {
    const end = this.length();
    const text = this.bytes.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  /** As {@link text}, for names that repeat: each is decoded once, and comes as the same string. */
  key(): string {
    const end = this.length();
    const start = this.position;
    const { bytes, keys } = this;
    this.position = end;
    const size = end - start;
    if (size > LONGEST_KEY || size < 4) return bytes.toString('utf8', start, end);
    // Names differ in their length and towards their end; who is wrong about that is told by `holds`.
    const hash = size + 31 * (bytes[end - 1] ?? 0) + 131 * (bytes[end - 3] ?? 0) + 17 * (bytes[end - 4] ?? 0);
    const slot = hash & (KEY_SLOTS - 1);
    const kept = keys[slot];
    if (kept !== undefined && kept.length === size && holds(bytes, start, kept)) return kept;
    const key = bytes.toString('utf8', start, end);
    keys[slot] = key;
    return key;
  }

  hex(): string {
    const end = this.length();
    const hex = this.bytes.toString('hex', this.position, end);
    this.position = end;
    return hex;
  }

  base64(): string {
    const end = this.length();
    const base64 = this.bytes.toString('base64', this.position, end);
    this.position = end;
    return base64;
  }

  skip(field: number): void {
    const type = field & 7;
    if (type === VARINT) this.varint();
    else if (type === LENGTH) this.position = this.length();
    else if (type === FIXED64 || type === FIXED32) {
      const size = type === FIXED64 ? 8 : 4;
      this.need(size);
      this.position += size;
    } else throw new MalformedSpan('', `no field has the wire type ${type}`);
  }

  private need(size: number): void {
    if (size > this.end - this.position) throw new MalformedSpan('', CUT);
  }
}

function holds(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
