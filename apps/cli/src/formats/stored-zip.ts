import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { SignalboxError } from '@signalbox/contracts';

/** Sizes and places are 32 bits wide. */
const MAX_BYTES = 0xffff_ffff;
const LOCAL_HEADER_BYTES = 30;
/** Where torch aligns tensors, so that they can be mapped into memory. */
const ALIGNMENT = 64;
const EXTRA_ID = 0x4246;
/** 1 January 1980, the first day that a zip knows: equal data, equal bytes. */
const DATE = 0x21;

interface Entry {
  name: Buffer;
  crc: number;
  size: number;
  at: number;
}

/** A zip file whose entries are stored as they are, which is how torch and numpy keep arrays. */
export class StoredZip {
  private readonly entries: Entry[] = [];
  private end = 0;

  private constructor(private readonly file: FileHandle) {}

  static async create(path: string): Promise<StoredZip> {
    return new StoredZip(await open(path, 'wx'));
  }

  /** @throws SignalboxError INVALID_INPUT when the file would be larger than 4 GiB */
  async add(name: string, size: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const entry = { name: Buffer.from(name, 'utf8'), crc: 0, size, at: this.end };
    const unaligned = this.end + LOCAL_HEADER_BYTES + entry.name.length + 4;
    const padding = (ALIGNMENT - (unaligned % ALIGNMENT)) % ALIGNMENT;
    const start = unaligned + padding;
    if (start + size > MAX_BYTES) throw tooLarge(size);
    let written = 0;
    for await (const piece of pieces) {
      entry.crc = crc32(piece, entry.crc);
      await this.file.write(piece, 0, piece.length, start + written);
      written += piece.length;
    }
    if (written !== size) throw new Error(`${name} has ${written} bytes, not ${size}`);
    const extra = Buffer.alloc(4 + padding);
    extra.writeUInt16LE(EXTRA_ID, 0);
    extra.writeUInt16LE(padding, 2);
    const header = Buffer.alloc(LOCAL_HEADER_BYTES);
    header.writeUInt32LE(0x04034b50, 0);
    fillCommon(header.subarray(4), entry, extra.length);
    await this.file.write(Buffer.concat([header, entry.name, extra]), 0, null, entry.at);
    this.entries.push(entry);
    this.end = start + size;
  }

  async close(): Promise<void> {
    const directory = Buffer.concat(this.entries.flatMap((entry) => [centralHeader(entry), entry.name]));
    const trailer = Buffer.alloc(22);
    trailer.writeUInt32LE(0x06054b50, 0);
    trailer.writeUInt16LE(this.entries.length, 8);
    trailer.writeUInt16LE(this.entries.length, 10);
    trailer.writeUInt32LE(directory.length, 12);
    trailer.writeUInt32LE(this.end, 16);
    await this.file.write(Buffer.concat([directory, trailer]), 0, null, this.end);
    await this.file.close();
  }
}

function centralHeader(entry: Entry): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  fillCommon(header.subarray(6), entry, 0);
  header.writeUInt32LE(entry.at, 42);
  return header;
}

/** The fields that both headers of an entry have, in one order. */
function fillCommon(into: Buffer, { name, crc, size }: Entry, extraBytes: number): void {
  into.writeUInt16LE(20, 0); // the version of zip that is needed to read it
  into.writeUInt16LE(DATE, 8);
  into.writeUInt32LE(crc, 10);
  into.writeUInt32LE(size, 14);
  into.writeUInt32LE(size, 18);
  into.writeUInt16LE(name.length, 22);
  into.writeUInt16LE(extraBytes, 24);
}

function tooLarge(size: number): SignalboxError {
  const gib = (size / 2 ** 30).toFixed(1);
  return new SignalboxError(
    'INVALID_INPUT',
    `The vectors take ${gib} GiB, and one file of them holds 4 GiB at most.`,
    'Export a dataset of fewer prompts, or as jsonl, which has no vectors.',
  );
}
