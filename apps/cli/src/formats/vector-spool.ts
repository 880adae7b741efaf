import { createReadStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { SignalboxError } from '@signalbox/contracts';

const HELD_BYTES = 1 << 20;

/**
 * Vectors on their way into a file that has to begin with how many there are. They lie on the disk meanwhile, so that their number
 * takes no memory.
 */
export class VectorSpool {
  count = 0;
  dim = 0;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private open = true;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(path: string): Promise<VectorSpool> {
    return new VectorSpool(path, await open(path, 'wx'));
  }

  /** @returns its place, from 0. @throws SignalboxError ARTIFACT_INVALID for a vector of another length than the ones before */
  async add(vector: Float32Array): Promise<number> {
    if (this.count === 0) this.dim = vector.length;
    if (vector.length !== this.dim) {
      const message = `Vectors of ${this.dim} and of ${vector.length} numbers are mixed.`;
      throw new SignalboxError('ARTIFACT_INVALID', message, 'Build the dataset anew.');
    }
    const bytes = littleEndian(vector);
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.heldBytes >= HELD_BYTES) await this.flush();
    return this.count++;
  }

  /** All of them; ends the spool. */
  async drain(write: (vectors: { bytes: number; pieces: AsyncIterable<Uint8Array> }) => Promise<void>): Promise<void> {
    await this.flush();
    await this.close();
    const pieces: AsyncIterable<Uint8Array> = createReadStream(this.path, { highWaterMark: HELD_BYTES });
    await write({ bytes: this.count * this.dim * Float32Array.BYTES_PER_ELEMENT, pieces });
    await rm(this.path);
  }

  /** Of one that was drained there is nothing left to do. */
  async close(): Promise<void> {
    if (this.open) await this.file.close();
    this.open = false;
  }

  private async flush(): Promise<void> {
    await this.file.appendFile(Buffer.concat(this.held));
    [this.held, this.heldBytes] = [[], 0];
  }
}

function littleEndian(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [k, value] of vector.entries()) bytes.writeFloatLE(value, k * Float32Array.BYTES_PER_ELEMENT);
  return bytes;
}
