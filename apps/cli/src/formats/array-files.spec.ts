import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { pickledTensor, writeNumpyArray, writeTorchTensor } from './array-files.js';
import { StoredZip } from './stored-zip.js';
import { VectorSpool } from './vector-spool.js';

const base64 = z.string().transform((text) => Buffer.from(text, 'base64'));
const recording = z.object({
  pickles: z.array(z.object({ rows: z.int(), columns: z.int(), 'data.pkl': base64 })),
  ...{ storage: base64, byteorder: base64, version: base64, 'vectors.npy': base64 },
});

let folder: string;
let recorded: z.infer<typeof recording>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arrays-'));
  const text = await readFile(new URL('./testing/python-arrays.json', import.meta.url), 'utf8');
  recorded = recording.parse(JSON.parse(text));
});
afterAll(() => rm(folder, { recursive: true }));

/** The numbers 0, 1/4, 2/4 and so on, as the recording has them. */
async function spoolOf(rows: number, columns: number): Promise<VectorSpool> {
  const spool = await VectorSpool.create(join(folder, `${Math.random()}.raw`));
  for (let row = 0; row < rows; row += 1) {
    await spool.add(Float32Array.from({ length: columns }, (_, k) => (row * columns + k) / 4));
  }
  return spool;
}

/** Entries of a zip by its directory, with the sums and places that it claims checked. */
async function entriesOf(path: string): Promise<Record<string, Buffer>> {
  const bytes = await readFile(path);
  const trailer = bytes.length - 22;
  expect(bytes.readUInt32LE(trailer)).toBe(0x06054b50);
  const entries: Record<string, Buffer> = {};
  for (let at = bytes.readUInt32LE(trailer + 16), n = bytes.readUInt16LE(trailer + 10); n > 0; n -= 1) {
    const [crc, size, nameLength] = [
      bytes.readUInt32LE(at + 16),
      bytes.readUInt32LE(at + 24),
      bytes.readUInt16LE(at + 28),
    ];
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    expect(start % 64).toBe(0);
    const content = bytes.subarray(start, start + size);
    expect(crc32(content)).toBe(crc);
    expect(bytes.subarray(local + 14, local + 30)).toEqual(
      bytes
        .subarray(at + 16, at + 32)
        .fill(0, 14)
        .fill(bytes.subarray(local + 28, local + 30), 14),
    );
    entries[bytes.toString('utf8', at + 46, at + 46 + nameLength)] = content;
    at += 46 + nameLength;
  }
  return entries;
}

const NUMPY = `import json, numpy, sys
vectors = numpy.load(sys.argv[1])["vectors"]
print(json.dumps([str(vectors.dtype), list(vectors.shape), vectors.flatten().tolist()]))`;
const run = promisify(execFile);
const python = async (): Promise<string | null> => {
  for (const program of ['python3', '/usr/bin/python3']) {
    const found = await run(program, ['-c', 'import numpy']).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return null;
};
const pythonWithNumpy = await python();

describe('a file of vectors', () => {
  it('holds the pickle and the storage that torch.save writes, whatever the size', async () => {
    for (const { rows, columns, 'data.pkl': pickle } of recorded.pickles) {
      expect([rows, columns, pickledTensor(rows, columns).toString('latin1')]).toEqual([
        rows,
        columns,
        pickle.toString('latin1'),
      ]);
    }
    const path = join(folder, 'a.pt');
    await writeTorchTensor(path, await spoolOf(2, 3));
    const entries = await entriesOf(path);
    expect(Object.keys(entries)).toEqual(
      ['data.pkl', 'byteorder', 'data/0', 'version'].map((name) => `query_embeddings/${name}`),
    );
    expect(entries['query_embeddings/data/0']).toEqual(recorded.storage);
    expect(entries['query_embeddings/byteorder']).toEqual(recorded.byteorder);
    expect(entries['query_embeddings/version']).toEqual(recorded.version);
  });

  it('holds the array that numpy.savez writes', async () => {
    const path = join(folder, 'a.npz');
    await writeNumpyArray(path, await spoolOf(2, 3));
    expect(await entriesOf(path)).toEqual({ 'vectors.npy': recorded['vectors.npy'] });
  });

  (pythonWithNumpy === null ? it.skip : it)('is read by numpy', async () => {
    const path = join(folder, 'b.npz');
    await writeNumpyArray(path, await spoolOf(500, 30));
    const { stdout } = await run(pythonWithNumpy ?? '', ['-c', NUMPY, path], { maxBuffer: 1 << 24 });
    const numbers = Array.from({ length: 15_000 }, (_, k) => k / 4);
    expect(JSON.parse(stdout)).toEqual(['float32', [500, 30], numbers]);
  });

  it('leaves nothing of its spool behind, and refuses vectors of two lengths', async () => {
    const path = join(folder, 'spool.raw');
    const spool = await VectorSpool.create(path);
    await spool.add(new Float32Array(3));
    await expect(spool.add(new Float32Array(4))).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
    await writeNumpyArray(join(folder, 'c.npz'), spool);
    expect(existsSync(path)).toBe(false);
  });

  it('is refused from 4 GiB on, before anything of it is written', async () => {
    const zip = await StoredZip.create(join(folder, 'large.zip'));
    await expect(zip.add('vectors', 2 ** 32, [])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await zip.close();
  });
});
