import { Inject, Injectable } from '@nestjs/common';
import { IdempotencyKeys, type Claim } from '@signalbox/database';
import { inputDigest } from '@signalbox/platform';
import { DataSource, type EntityManager } from 'typeorm';
import { TRAINING_ENVIRONMENT, type TrainingEnvironment } from '../training.environment.js';

export interface Wanted extends Omit<Claim, 'bodyHash'> {
  /** The input without its key. */
  body: unknown;
}

@Injectable()
export class IdempotencyRepository {
  private readonly keys = new IdempotencyKeys('training');

  constructor(
    private readonly dataSource: DataSource,
    @Inject(TRAINING_ENVIRONMENT) private readonly environment: TrainingEnvironment,
  ) {}

  /**
   * Creates an object once for each key. A parallel call of the same key waits until the first one commits.
   * @returns the id that the key names: `objectId`, or that of an earlier call
   * @throws SignalboxError IDEMPOTENCY_CONFLICT when the key was used with another input
   */
  async once({ body, ...claim }: Wanted, create: (manager: EntityManager) => Promise<void>): Promise<string> {
    const bodyHash = inputDigest(body, this.environment.secretKey);
    return this.dataSource.transaction(async (manager) => {
      const id = await this.keys.claim(manager, { ...claim, bodyHash });
      if (id === claim.objectId) await create(manager);
      return id;
    });
  }
}
