import { isUint8Array } from 'node:util/types';
import { move, workerData } from 'piscina';
import { readTfidfSvd, type TfidfSvdModel } from './tfidf-svd-model.js';

let read: TfidfSvdModel | undefined;

/** One vector per text, in one array. */
export function embed(texts: string[]): unknown {
  const bytes: unknown = workerData;
  if (!isUint8Array(bytes)) throw new Error('No model was handed over.');
  const model = (read ??= readTfidfSvd(bytes));
  const rows = new Float32Array(texts.length * model.dim);
  texts.forEach((text, row) => rows.set(model.embed(text), row * model.dim));
  return move(rows);
}
