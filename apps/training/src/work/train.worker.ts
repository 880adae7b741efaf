import { SignalboxError, type DatasetPart, type DatasetRow } from '@signalbox/contracts';
import { parseDataset } from '@signalbox/datasets';
import { matrixOf, toOnnx, train } from '@signalbox/routers';
import { assemble } from '../datasets/assemble.js';
import { compare } from '../evaluations/compare.js';
import { headerOf, modelOf } from './stored-model.js';
import type { Answer, Task, TrainedModel, VectoredDataset } from './tasks.js';

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
      return { kind: 'assemble', assembled: assemble(task) };
    case 'texts':
      return { kind: 'texts', texts: [...new Set(rowsOf(task, task.part).map(({ textHash }) => textHash))] };
    case 'train':
      return trained(task);
    case 'evaluate': {
      const { dataset, champion, spent } = task;
      const compared = compare({
        test: rowsOf(dataset, 'test'),
        candidates: dataset.candidates,
        vectorOf: vectorsOf(dataset),
        models: task.models.map(modelOf),
        champion: champion && { name: champion.name, model: modelOf(champion.model) },
        spent,
      });
      return { kind: 'evaluate', ...compared };
    }
  }
}

function trained({ dataset, types, seed }: Extract<Task, { kind: 'train' }>): Answer {
  const { matrix, leftOut } = matrixOf(rowsOf(dataset, 'train'), dataset.candidates, vectorsOf(dataset));
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

function rowsOf({ bytes, hash }: { bytes: Uint8Array; hash: string }, part: DatasetPart): DatasetRow[] {
  const parsed = parseDataset(Buffer.from(bytes).toString('utf8'), hash);
  if (!parsed.ok) throw new SignalboxError(parsed.error.code, `${parsed.error.path} ${parsed.error.hint}`.trim());
  return parsed.value.rows.filter((row) => row.part === part);
}

function vectorsOf({ texts, vectors, dim }: VectoredDataset): (textHash: string) => Float32Array | undefined {
  const byText = new Map(texts.map((text, k) => [text, vectors.subarray(k * dim, (k + 1) * dim)]));
  return (textHash) => byText.get(textHash);
}
