import { readSync } from 'node:fs';
import type { Records } from '@signalbox/datasets';
import { closeScratchFile, openScratchFile, ScratchWriter } from './scratch-file.js';

/** Read ahead: records are mostly read in their order. */
const WINDOW_BYTES = 1 << 16;

/** Records in a file, of which only the places are in memory. */
export class FileRecords implements Records {
  private readonly descriptor = openScratchFile();
  private readonly writer = new ScratchWriter(this.descriptor);
  /** Of each record, where it ends. */
  private readonly ends: number[] = [];
  private window = { from: 0, bytes: Buffer.alloc(0) };

  get size(): number {
    return this.ends.length;
  }

  append(record: Uint8Array): void {
    this.writer.write(record);
    this.ends.push((this.ends.at(-1) ?? 0) + record.length);
  }

  read(place: number): Uint8Array<ArrayBuffer> {
    const to = this.ends[place];
    if (to === undefined) throw new RangeError(`there is no record ${place} of ${this.size}`);
    const from = this.ends[place - 1] ?? 0;
    if (to > this.writer.written) this.writer.flush();
    if (from < this.window.from || to > this.window.from + this.window.bytes.length) this.look(from, to);
    return new Uint8Array(this.window.bytes.subarray(from - this.window.from, to - this.window.from));
  }

  close(): void {
    closeScratchFile(this.descriptor);
  }

  private look(from: number, to: number): void {
    const bytes = Buffer.alloc(Math.max(WINDOW_BYTES, to - from));
    let read = 0;
    for (let more = -1; more !== 0 && read < to - from; read += more) {
      more = readSync(this.descriptor, bytes, read, bytes.length - read, from + read);
    }
    this.window = { from, bytes: bytes.subarray(0, read) };
  }
}
