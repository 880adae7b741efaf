import { SignalboxError } from '@signalbox/contracts';
import { fromOnnx, type FittedModel, type ModelHeader } from '@signalbox/routers';
import { z } from 'zod';
import type { StoredModel } from './tasks.js';

/** All of a model but its tensors, as the row of its run keeps it. */
export const storedHeader = z.object({
  type: z.enum(['constant', 'kmeans', 'knn', 'ridge']),
  candidates: z.array(z.string()),
  dim: z.int(),
  bestSingle: z.string(),
  params: z.record(z.string(), z.number()),
  tradeoff: z.object({ usd: z.number(), seconds: z.number() }),
});

export function headerOf({ type, candidates, dim, bestSingle, params, tradeoff }: FittedModel): ModelHeader {
  return { type, candidates, dim, bestSingle, params, tradeoff };
}

/** @throws SignalboxError ARTIFACT_INVALID */
export function modelOf({ onnx, header }: StoredModel): FittedModel {
  const model = fromOnnx(onnx, header);
  if (!model.ok) throw new SignalboxError(model.error.code, model.error.hint);
  return model.value;
}
