import { retrainRequest, type RetrainRow } from '@signalbox/contracts';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { dependencyFailure } from './missing-view.js';

const row = z.object({
  id: z.uuid(),
  router: z.string(),
  request: retrainRequest,
  attempt: z.int(),
  outputs: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/**
 * What the owner of a stage reads of a retrain, from `training.retrain_v1`; null when it is gone, ended or cancelled.
 * @throws SignalboxError DEPENDENCY_UNAVAILABLE when training is not there
 */
export async function runningRetrain(dataSource: DataSource, id: string): Promise<RetrainRow | null> {
  try {
    const [found] = await dataSource.query<unknown[]>(
      `select id, router, request, attempt, outputs from training.retrain_v1 where id = $1 and status = 'RUNNING'`,
      [id],
    );
    return found === undefined ? null : row.parse(found);
  } catch (error) {
    throw dependencyFailure(error, 'A retrain', 'training');
  }
}
