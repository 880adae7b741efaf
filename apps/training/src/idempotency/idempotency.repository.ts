import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { DataSource, type EntityManager } from 'typeorm';

export interface Claim {
  operation: string;
  key: string | null | undefined;
  /** The input without its key, as parsed: fields in one order. */
  body: unknown;
  /** What the key shall name if it is new. */
  objectId: string;
}

@Injectable()
export class IdempotencyRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Creates an object once for each key. A parallel call of the same key waits until the first one commits.
   * @returns the id that the key names: `objectId`, or that of an earlier call
   * @throws SignalboxError IDEMPOTENCY_CONFLICT when the key was used with another input
   */
  async once(claim: Claim, create: (manager: EntityManager) => Promise<void>): Promise<string> {
    return this.dataSource.transaction(async (manager) => {
      const id = await this.claim(manager, claim);
      if (id === claim.objectId) await create(manager);
      return id;
    });
  }

  private async claim(manager: EntityManager, { operation, key, body, objectId }: Claim): Promise<string> {
    if (key === null || key === undefined) return objectId;
    const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    await manager.query(
      `insert into training.idempotency (operation, key, body_sha256, object_id) values ($1, $2, $3, $4)
       on conflict do nothing`,
      [operation, key, digest, objectId],
    );
    const [held] = await manager.query<{ body_sha256: string; object_id: string }[]>(
      'select body_sha256, object_id from training.idempotency where operation = $1 and key = $2',
      [operation, key],
    );
    if (held?.body_sha256 === digest) return held.object_id;
    throw new SignalboxError(
      'IDEMPOTENCY_CONFLICT',
      `The idempotencyKey "${key}" of ${operation} came with other input before.`,
    );
  }
}
