import { dependencyFailure } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { DataSource } from 'typeorm';
import { z } from 'zod';

/** What stands beside the tensors in `model.onnx`: all of a fitted model that the file does not hold. */
const modelHeader = z.object({
  type: z.enum(['constant', 'kmeans', 'knn', 'ridge']),
  candidates: z.array(z.string()).min(1),
  dim: z.int().min(0),
  bestSingle: z.string(),
  params: z.record(z.string(), z.number()),
  tradeoff: z.object({ usd: z.number().min(0), seconds: z.number().min(0) }),
});

const embeddingSpace = z.object({
  provider: z.string(),
  model: z.string(),
  revision: z.string(),
  dim: z.int().min(1),
  normalised: z.boolean(),
});

const evaluation = z.object({
  results: z.array(
    z.object({
      policy: z.string(),
      quality: z.number().nullable(),
      costUsdPerCall: z.number().nullable(),
      gainOverBestSingle: z.number().nullable(),
    }),
  ),
});

const trainingRun = z.object({
  id: z.uuid(),
  routerType: z.string(),
  status: z.string(),
  datasetHash: z.string().nullable(),
  header: modelHeader.nullable(),
  metrics: z.record(z.string(), z.unknown()).nullable(),
  modelUri: z.string().nullable(),
  modelSha256: z.string().nullable(),
  embedding: embeddingSpace.nullable(),
  evaluation: evaluation.nullable(),
});
export type TrainingRun = z.infer<typeof trainingRun>;

/** Reads `training.training_run_v1`. */
@Injectable()
export class TrainingRunRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws SignalboxError NOT_FOUND, ARTIFACT_INVALID (not of the form that a version is made from), DEPENDENCY_UNAVAILABLE */
  async require(id: string): Promise<TrainingRun> {
    const row = await this.row(
      id,
      `id, router_type as "routerType", status, dataset_hash as "datasetHash", model_header as header, metrics, model_uri as "modelUri",
       model_sha256 as "modelSha256", embedding, evaluation`,
    );
    const parsed = trainingRun.safeParse(row);
    if (parsed.success) return parsed.data;
    throw new SignalboxError(
      'ARTIFACT_INVALID',
      `The training run ${id} is no model: ${z.prettifyError(parsed.error)}`,
    );
  }

  /** What the gate takes; null when the run was not evaluated. @throws SignalboxError NOT_FOUND, DEPENDENCY_UNAVAILABLE */
  async gateInput(id: string): Promise<unknown> {
    const { gateInput } = z.object({ gateInput: z.unknown() }).parse(await this.row(id, 'gate_input as "gateInput"'));
    return gateInput;
  }

  private async row(id: string, columns: string): Promise<unknown> {
    try {
      const [row] = await this.dataSource.query<unknown[]>(
        `select ${columns} from training.training_run_v1 where id = $1`,
        [id],
      );
      if (row !== undefined) return row;
    } catch (error) {
      throw dependencyFailure(error, 'A training run', 'training');
    }
    throw new SignalboxError('NOT_FOUND', `There is no training run ${id}.`);
  }
}
