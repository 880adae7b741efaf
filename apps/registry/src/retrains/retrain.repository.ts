import { dependencyFailure } from '@signalbox/database';
import { Injectable } from '@nestjs/common';
import { retrainRequest, SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { DataSource } from 'typeorm';
import { z } from 'zod';

const output = z.record(z.string(), z.unknown());
const retrainRow = z.object({
  id: z.uuid(),
  router: z.string(),
  request: retrainRequest,
  outputs: z.object({
    train: output.optional(),
    evaluate: output.optional(),
    register: output.optional(),
    gate: output.optional(),
  }),
});

/** Reads `training.retrain_v1`. */
@Injectable()
export class RetrainRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Null when it is gone, cancelled or over. @throws SignalboxError DEPENDENCY_UNAVAILABLE */
  async running(id: string): Promise<RetrainRow | null> {
    try {
      const [row] = await this.dataSource.query<unknown[]>(
        `select id, router, request, outputs from training.retrain_v1 where id = $1 and status = 'RUNNING'`,
        [id],
      );
      return row === undefined ? null : retrainRow.parse(row);
    } catch (error) {
      throw dependencyFailure(error, 'A retrain', 'training');
    }
  }
}

/**
 * An id that an earlier stage left in its output.
 * @throws SignalboxError STAGE_FAILED when none of the stages named it
 */
export function outputId(retrain: RetrainRow, stages: readonly (keyof RetrainRow['outputs'])[], field: string): string {
  for (const stage of stages) {
    const id = z.uuid().safeParse(retrain.outputs[stage]?.[field]);
    if (id.success) return id.data;
  }
  throw new SignalboxError(
    'STAGE_FAILED',
    `The retrain ${retrain.id} has no ${field} from the stage ${stages.join(' or ')}.`,
  );
}
