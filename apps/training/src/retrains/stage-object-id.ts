import { createHash } from 'node:crypto';
import { parse, v7 as uuidv7 } from 'uuid';

/** A uuid of version 7 starts with 48 bits of milliseconds. */
const TIME_BYTES = 6;

/**
 * The id of what a stage of a retrain makes: the same one however often the stage is done. It carries the time of the retrain, so
 * that lists by id are lists by age.
 */
export function stageObjectId(retrainId: string, part: string): string {
  const msecs = Buffer.from(parse(retrainId)).readUIntBE(0, TIME_BYTES);
  const random = createHash('sha256').update(`${retrainId}.${part}`).digest().subarray(0, 16);
  return uuidv7({ msecs, random });
}
