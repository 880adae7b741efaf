import { SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { z } from 'zod';

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
