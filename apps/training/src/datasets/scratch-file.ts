import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignalboxError } from '@signalbox/contracts';

const BLOCK_BYTES = 1 << 20;
const LINE_END = 10;

/**
 * A file without a name in the folder for temporary files, to be read by its descriptor, also in another thread. It holds prompts:
 * it is gone with the process, however that ends.
 * @throws SignalboxError DATA_FOLDER_UNWRITABLE
 */
export function openScratchFile(folder = tmpdir()): number {
  const file = path.join(folder, `signalbox-${randomUUID()}`);
  const descriptor = writing(folder, () => openSync(file, 'wx+', 0o600));
  unlinkSync(file);
  return descriptor;
}

/** Bytes for the end of a file, written in blocks; a full disk is DATA_FOLDER_UNWRITABLE. */
export class ScratchWriter {
  private readonly block = Buffer.alloc(BLOCK_BYTES);
  private filled = 0;
  /** Bytes in the file, without those that wait for their block. */
  written = 0;

  constructor(private readonly descriptor: number) {}

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + BLOCK_BYTES - this.filled);
      this.block.set(piece, this.filled);
      this.filled += piece.length;
      done += piece.length;
      if (this.filled === BLOCK_BYTES) this.flush();
    }
  }

  flush(): void {
    for (let done = 0; done < this.filled;) {
      done += writing(tmpdir(), () =>
        writeSync(this.descriptor, this.block, done, this.filled - done, this.written + done),
      );
    }
    this.written += this.filled;
    this.filled = 0;
  }
}

const REFUSALS = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EDQUOT', 'EFBIG'];

function writing<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (!REFUSALS.includes(code)) throw error;
    throw new SignalboxError(
      'DATA_FOLDER_UNWRITABLE',
      `The folder for temporary files, ${folder}, cannot be written (${code}).`,
      'Make room in it, or set TMPDIR of training to a folder that it may write, and ask again.',
    );
  }
}

/** The lines of a file from its beginning, without their ends; the last one must have an end. */
export function* linesOf(descriptor: number): Generator<string> {
  let carried = Buffer.alloc(0);
  for (const piece of piecesOf(descriptor)) {
    const bytes = Buffer.concat([carried, piece]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      yield bytes.toString('utf8', start, end);
      start = end + 1;
    }
    carried = bytes.subarray(start);
  }
  if (carried.length > 0) throw new Error(`the last line of ${carried.length} bytes has no end`);
}

/** The content of a file from its beginning. */
export function* piecesOf(descriptor: number): Generator<Buffer> {
  for (let at = 0; ;) {
    const piece = Buffer.alloc(BLOCK_BYTES);
    const read = readSync(descriptor, piece, 0, BLOCK_BYTES, at);
    if (read === 0) return;
    at += read;
    yield piece.subarray(0, read);
  }
}

export function closeScratchFile(descriptor: number): void {
  closeSync(descriptor);
}
