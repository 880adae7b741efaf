import { SignalboxError, type DatasetPart, type DatasetRow, type Result } from '@signalbox/contracts';
import { readDataset, withoutRows } from '@signalbox/datasets';
import { readTfidfSvd } from '@signalbox/embedders';
import { matrixOf, toOnnx, train, type MatrixOptions } from '@signalbox/routers';
import { z } from 'zod';
import { assemble, type Assembled } from '../datasets/assemble.js';
import { FileRecords } from '../datasets/file-records.js';
import { knownCallOf } from '../datasets/known-call-line.js';
import { linesOf, ScratchWriter } from '../datasets/scratch-file.js';
import { metaText, type Snapshot } from '../datasets/snapshot.js';
import { compare, type ComparedChampion } from '../evaluations/compare.js';
import { headerOf, modelOf } from './stored-model.js';
import type { Answer, Champion, PackedVectors, Prompt, Task, TrainedModel } from './tasks.js';

/** Entry of the worker thread. */
export function run(task: Task): Answer {
  try {
    return answerTo(task);
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message, nextStep: error.nextStep };
  }
}

function answerTo(task: Task): Answer {
  switch (task.kind) {
    case 'assemble':
      return { kind: 'assemble', assembled: assembled(task) };
    case 'ids':
      return { kind: 'ids', ids: idsOf(task) };
    case 'without':
      return { kind: 'without', ...rest(task) };
    case 'prompts':
      return { kind: 'prompts', prompts: promptsOf(partOf(task, task.part).rows) };
    case 'embed':
      return embedded(task);
    case 'train':
      return trained(task);
    case 'evaluate': {
      const { dataset, champion, spent, judges, testCalls } = task;
      const { rows: test, checked, options } = partOf(dataset, 'test');
      const compared = compare({
        test,
        checked,
        options,
        testCalls,
        candidates: dataset.candidates,
        vectorOf: vectorsOf(dataset),
        models: task.models.map(modelOf),
        champion: champion && comparable(champion, test),
        spent,
        judges,
      });
      return { kind: 'evaluate', ...compared };
    }
  }
}

function assembled({ lines, into, nameOf, facts }: Extract<Task, { kind: 'assemble' }>): Assembled {
  const opened: FileRecords[] = [];
  const open = () => {
    const records = new FileRecords();
    opened.push(records);
    return records;
  };
  const writer = new ScratchWriter(into);
  const calls = {
    *each() {
      for (const line of linesOf(lines)) yield knownCallOf(line, nameOf);
    },
  };
  try {
    const frozen = assemble(calls, facts, { open, write: (text) => writer.write(Buffer.from(text, 'utf8')) });
    writer.flush();
    return frozen;
  } finally {
    for (const records of opened) records.close();
  }
}

function trained({ dataset, types, seed }: Extract<Task, { kind: 'train' }>): Answer {
  const { rows, options } = partOf(dataset, 'train');
  const { matrix, leftOut } = matrixOf(rows, dataset.candidates, vectorsOf(dataset), options);
  const routers = train(matrix, { types, seed, now: () => performance.now() / 1000 });
  const models = routers.map(({ model, params, outOfFold, alwaysBestSingle, fitSeconds }): TrainedModel => {
    const { prompts, signalZ, bestSingleQuality, quality, gain, gainError, saved, aiq } = outOfFold;
    const metrics = {
      ...{ prompts, signalZ, bestSingleQuality, quality, gain, gainError, saved, aiq },
      ...{ alwaysBestSingle: alwaysBestSingle ? 1 : 0, trainPrompts: matrix.n, ...leftOut },
    };
    return { onnx: toOnnx(model), header: headerOf(model), params, metrics, fitSeconds };
  });
  return { kind: 'train', models, leftOut, rows: matrix.n };
}

const header = z.object({
  candidates: z.array(z.string()),
  unavailable: z.array(z.string()).default([]),
  labelKinds: z.record(z.string(), z.string()).default({}),
});

interface Part {
  rows: DatasetRow[];
  /** Rows of any part whose logged answer people and a judge scored. */
  checked: DatasetRow[];
  options: MatrixOptions;
}

/** The rows of one part, and what the header says about candidates and labelers. */
function partOf(stored: StoredDataset, part: DatasetPart): Part {
  const rows: DatasetRow[] = [];
  const checked: DatasetRow[] = [];
  const facts = readDataset(stored.bytes, stored.hash, (row) => {
    if (row.part === part) rows.push(row);
    if (row.checked !== undefined) checked.push(row);
  });
  const meta = header.safeParse(valueOf(facts));
  if (!meta.success)
    throw new SignalboxError('ARTIFACT_INVALID', `dataset ${stored.hash}: ${z.prettifyError(meta.error)}`);
  const { candidates, unavailable, labelKinds } = meta.data;
  const available = candidates.map((name) => !unavailable.includes(name));
  return { rows, checked, options: { available, labelKinds } };
}

interface StoredDataset {
  bytes: Uint8Array;
  hash: string;
}

function idsOf({ bytes, hash }: StoredDataset): string[] {
  const ids: string[] = [];
  valueOf(readDataset(bytes, hash, ({ id }) => ids.push(id)));
  return ids;
}

/** The facts stay as they were when it was frozen. */
function rest({ bytes, hash, ids }: StoredDataset & { ids: readonly string[] }): Snapshot {
  const { meta, ...without } = valueOf(withoutRows(bytes, hash, new Set(ids)));
  return { ...without, metaText: metaText(without.hash, meta) };
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new SignalboxError(result.error.code, `${result.error.path} ${result.error.hint}`.trim());
}

function promptsOf(rows: readonly DatasetRow[]): Prompt[] {
  return [...new Map(rows.map(({ textHash, query }) => [textHash, { textHash, query }])).values()];
}

function embedded({ model, prompts }: Extract<Task, { kind: 'embed' }>): Answer {
  const { dim, embed } = readTfidfSvd(model);
  const vectors = new Float32Array(prompts.length * dim);
  for (const [k, { query }] of prompts.entries()) vectors.set(embed(query), k * dim);
  return { kind: 'embed', texts: prompts.map(({ textHash }) => textHash), vectors };
}

/** What a champion reads of the rows that it is compared on. */
function comparable({ own, model, ...champion }: Champion, rows: readonly DatasetRow[]): ComparedChampion {
  const compared = { ...champion, model: modelOf(model) };
  if (own === null) return compared;
  const byText = vectorsOf(own);
  const textOf = new Map(rows.map(({ id, textHash }) => [id, textHash]));
  return {
    ...compared,
    vectorOf: (id) => {
      const vector = byText(textOf.get(id) ?? '');
      if (!vector) throw new Error(`the champion has no vector of row ${id}`);
      return vector;
    },
  };
}

function vectorsOf({ texts, vectors, dim }: PackedVectors): (textHash: string) => Float32Array | undefined {
  const byText = new Map(texts.map((text, k) => [text, vectors.subarray(k * dim, (k + 1) * dim)]));
  return (textHash) => byText.get(textHash);
}
