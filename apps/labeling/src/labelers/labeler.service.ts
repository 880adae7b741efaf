import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { Outbound } from '@signalbox/outbound';
import { seal, inputDigest } from '@signalbox/platform';
import { v7 as uuidv7 } from 'uuid';
import { IdempotencyKeys } from '@signalbox/database';
import { CalibrationRepository } from '../judges/calibration.repository.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { concurrencyOf, type Labeler } from './labeler.js';
import type { CreateLabelerInput } from './labeler.input.js';
import { LabelerRepository } from './labeler.repository.js';
import { labelerSettingsOf } from './labeler-settings.js';
import { LabelerKind, type LabelerType } from './labeler.type.js';

@Injectable()
export class LabelerService {
  constructor(
    private readonly labelers: LabelerRepository,
    private readonly calibrations: CalibrationRepository,
    private readonly idempotency: IdempotencyKeys,
    private readonly outbound: Outbound,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND (a labeler that it names), ADDRESS_REFUSED, CONFLICT (the name is taken with other settings, or there are too many), IDEMPOTENCY_CONFLICT */
  async create(input: CreateLabelerInput): Promise<LabelerType> {
    const { kind, settings, truths, redactedTruths, apiKey } = labelerSettingsOf(
      input,
      this.outbound,
      await this.labelers.all(),
    );
    const { secretKey } = this.environment;
    const settingsMac = inputDigest({ name: input.name, kind, settings, apiKey }, secretKey);
    const sealedCredentials = apiKey === null ? null : seal(apiKey, secretKey);
    const wanted = { id: uuidv7(), name: input.name, kind, settings, sealedCredentials, settingsMac };
    const labeler = await this.labelers.transaction(async (manager) => {
      const held = await this.labelers.insertOrFind(manager, wanted, [...truths, ...redactedTruths]);
      const claim = {
        operation: 'createLabeler',
        key: input.idempotencyKey,
        bodyHash: settingsMac,
        objectId: held.labeler.id,
      };
      await this.idempotency.claim(manager, claim);
      if (held.settingsMac !== settingsMac) {
        throw new SignalboxError(
          'CONFLICT',
          `A labeler named "${input.name}" exists with other settings.`,
          'Choose another name, or repeat the call with the settings that it has.',
        );
      }
      return held.labeler;
    });
    const [shown] = await this.shown([labeler]);
    if (!shown) throw new Error('a labeler without a form');
    return shown;
  }

  async list(): Promise<LabelerType[]> {
    return this.shown(await this.labelers.all());
  }

  private async shown(labelers: readonly Labeler[]): Promise<LabelerType[]> {
    const passed = await this.calibrations.passed();
    return labelers.map((labeler) => ({
      name: labeler.name,
      kind: LabelerKind[labeler.kind],
      version: labeler.version,
      calibrated: labeler.kind === 'METRIC' || passed.has(`${labeler.name}@${labeler.version}`),
      groundTruths: labeler.kind === 'METRIC' ? labeler.settings.truths : null,
      concurrency: labeler.kind === 'JUDGE' ? concurrencyOf(labeler) : null,
    }));
  }
}
