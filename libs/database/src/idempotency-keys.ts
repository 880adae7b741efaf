import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';

export interface Claim {
  operation: string;
  key: string | null | undefined;
  /** Hash of the input without its key. */
  bodyHash: string;
  /** What the key shall name if it is new. */
  objectId: string;
}

/** Which object each idempotencyKey of a service made: table `<service>.idempotency`. */
export class IdempotencyKeys {
  constructor(private readonly service: ServiceName) {}

  /**
   * The id that the key names: `objectId`, or that of an earlier call. A parallel call of the same key waits here until
   * the first one commits.
   * @throws SignalboxError IDEMPOTENCY_CONFLICT when the key was used with another input
   */
  async claim(manager: EntityManager, { operation, key, bodyHash, objectId }: Claim): Promise<string> {
    if (key === null || key === undefined) return objectId;
    await manager.query(
      `insert into ${this.service}.idempotency (operation, key, body_sha256, object_id) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [operation, key, bodyHash, objectId],
    );
    const [held] = await manager.query<{ body_sha256: string; object_id: string }[]>(
      `select body_sha256, object_id from ${this.service}.idempotency where operation = $1 and key = $2`,
      [operation, key],
    );
    if (held?.body_sha256 !== bodyHash) {
      throw new SignalboxError(
        'IDEMPOTENCY_CONFLICT',
        `The idempotencyKey "${key}" of ${operation} came with other input before.`,
      );
    }
    return held.object_id;
  }

  /** Lets a key that was just claimed name what was there instead of what would have been made. */
  async move(manager: EntityManager, { operation, key }: Claim, objectId: string): Promise<void> {
    if (key === null || key === undefined) return;
    await manager.query(`update ${this.service}.idempotency set object_id = $3 where operation = $1 and key = $2`, [
      operation,
      key,
      objectId,
    ]);
  }
}
