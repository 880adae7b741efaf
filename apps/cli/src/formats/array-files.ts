import { StoredZip } from './stored-zip.js';
import type { VectorSpool } from './vector-spool.js';

/**
 * Writes a float32 tensor [count, dim] as torch.save does: a zip with a pickle (protocol 2) that names the storage, and the
 * storage. The pickle builds a tensor and nothing else, so that torch.load reads it with weights_only, its default.
 */
export async function writeTorchTensor(path: string, spool: VectorSpool): Promise<void> {
  const zip = await StoredZip.create(path);
  const root = 'query_embeddings';
  const add = (name: string, bytes: Uint8Array) => zip.add(`${root}/${name}`, bytes.length, [bytes]);
  try {
    await add('data.pkl', pickledTensor(spool.count, spool.dim));
    await add('byteorder', Buffer.from('little'));
    await spool.drain(({ bytes, pieces }) => zip.add(`${root}/data/0`, bytes, pieces));
    await add('version', Buffer.from('3\n'));
  } finally {
    await zip.close();
  }
}

/** Writes a float32 array `vectors` [count, dim] as numpy.savez does. */
export async function writeNumpyArray(path: string, spool: VectorSpool): Promise<void> {
  const zip = await StoredZip.create(path);
  const header = npyHeader(spool.count, spool.dim);
  try {
    await spool.drain(({ bytes, pieces }) => zip.add('vectors.npy', header.length + bytes, joined(header, pieces)));
  } finally {
    await zip.close();
  }
}

/** The pickle of a contiguous tensor whose storage is the entry `data/0`; the bytes are those that torch writes. */
export function pickledTensor(rows: number, columns: number): Buffer {
  let memos = 0;
  const memo = () => Buffer.from([0x71, memos++]); // BINPUT
  const text = (value: string) => Buffer.concat([op('X'), uint32(value.length), Buffer.from(value), memo()]);
  const pair = (left: number, right: number) => Buffer.concat([int(left), int(right), Buffer.from([0x86]), memo()]);
  return Buffer.concat([
    Buffer.from([0x80, 2]),
    ...[op('ctorch._utils\n_rebuild_tensor_v2\n'), memo(), op('((')],
    ...[text('storage'), op('ctorch\nFloatStorage\n'), memo(), text('0'), text('cpu'), int(rows * columns)],
    ...[op('t'), memo(), op('Q'), int(0), pair(rows, columns), pair(columns, 1), Buffer.from([0x89])],
    ...[op('ccollections\nOrderedDict\n'), memo(), op(')R'), memo(), op('t'), memo(), op('R'), memo(), op('.')],
  ]);
}

const op = (text: string): Buffer => Buffer.from(text, 'latin1');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** As short as Python writes it. A file of 4 GiB holds fewer than 2^30 numbers, which four bytes with a sign can count. */
function int(value: number): Buffer {
  if (value < 0x100) return Buffer.from([0x4b, value]);
  if (value < 0x10000) return Buffer.from([0x4d, value & 0xff, value >> 8]);
  return Buffer.concat([op('J'), uint32(value)]);
}

function npyHeader(rows: number, columns: number): Buffer {
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const before = 10;
  const length = Math.ceil((before + fields.length + 1) / 64) * 64 - before;
  const bytes = Buffer.alloc(before);
  bytes.write('\u0093NUMPY\u0001\u0000', 'latin1');
  bytes.writeUInt16LE(length, 8);
  return Buffer.concat([bytes, Buffer.from(`${fields.padEnd(length - 1)}\n`, 'latin1')]);
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
