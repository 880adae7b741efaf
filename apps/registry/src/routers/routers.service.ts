import { Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { v7 as uuidv7 } from 'uuid';
import { CHAMPION, DeploymentsService } from '../deployments/deployments.service.js';
import { IdempotencyKeys } from '@signalbox/database';
import { ANONYMOUS } from '../registry.environment.js';
import { VersionStatus } from '../versions/version.entity.js';
import { VersionWriter } from '../versions/version-writer.js';
import { EvidenceRepository } from './evidence.repository.js';
import { firstModel, type FirstModel } from './first-model.js';
import { routerSettingsOf, settingsHash, type CandidateSettings } from './router-settings.js';
import { RouterEntity } from './router.entity.js';
import type { CreateRouterInput } from './router.input.js';
import { RoutersRepository } from './routers.repository.js';

@Injectable()
export class RoutersService {
  constructor(
    private readonly routers: RoutersRepository,
    private readonly idempotency: IdempotencyKeys,
    private readonly evidence: EvidenceRepository,
    private readonly versions: VersionWriter,
    private readonly deployments: DeploymentsService,
  ) {}

  /**
   * Makes a router whose version 1 decides from now on.
   * @throws SignalboxError INVALID_INPUT, CONFLICT (the name is taken with other settings, or there are too many), IDEMPOTENCY_CONFLICT
   */
  async create(input: CreateRouterInput): Promise<RouterEntity> {
    const { candidates, ...settings } = routerSettingsOf(input);
    const settingsSha256 = settingsHash({ candidates, ...settings });
    const wanted = Object.assign(new RouterEntity(), settings, { id: uuidv7(), settingsSha256, createdBy: ANONYMOUS });
    // Read before the transaction: where a view is missing its query fails, and would take the transaction with it.
    const first = (await this.routers.findByName(settings.name)) ? null : await this.firstModelOf(candidates);
    return this.routers.transaction(async (manager) => {
      const { router: stored, created } = await this.routers.insertOrFind(manager, wanted, candidates);
      const claim = {
        operation: 'createRouter',
        key: input.idempotencyKey,
        bodyHash: settingsSha256,
        objectId: stored.id,
      };
      await this.idempotency.claim(manager, claim);
      if (stored.settingsSha256 !== settingsSha256) {
        throw new SignalboxError(
          'CONFLICT',
          `A router named "${input.name}" exists with other settings.`,
          'Choose another name, or repeat the call with the settings that it has.',
        );
      }
      if (!created || !first) return stored;
      const version = await this.versions.write(manager, {
        router: stored,
        candidates,
        artefact: { ...first, embedding: null, datasetHash: null, exploration: { epsilon: 0 } },
        status: VersionStatus.VALIDATED,
        createdBy: ANONYMOUS,
      });
      const move = { router: stored, alias: CHAMPION, version, actor: ANONYMOUS, action: 'createRouter' };
      await this.deployments.move(manager, move);
      return stored;
    });
  }

  private async firstModelOf(candidates: readonly CandidateSettings[]): Promise<FirstModel> {
    const names = candidates.flatMap(({ name, aliases }) => [name, ...aliases].map((label) => label.toLowerCase()));
    return firstModel(candidates, await this.evidence.labelledCalls(names));
  }
}
