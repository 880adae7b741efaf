import { Injectable } from '@nestjs/common';
import { calibrationOf, canaryFigures } from '@signalbox/scoring';
import { LabelRepository } from '../labels/label.repository.js';
import { CanaryRepository } from './canary.repository.js';
import { CalibrationRepository, type CalibrationRow } from './calibration.repository.js';

/** Of the resamples behind the interval; fixed, so that the same labels give the same answer. */
const SEED = 1;

@Injectable()
export class CalibrationService {
  constructor(
    private readonly calibrations: CalibrationRepository,
    private readonly canaries: CanaryRepository,
    private readonly labels: LabelRepository,
  ) {}

  /** Compares a judge with people, and resolves its labels again when that opens or shuts the gate for them. */
  async calibrate(judge: string, version: string): Promise<void> {
    const pairs = await this.calibrations.pairs(judge, version);
    const verdicts = await this.canaries.verdicts(judge, version);
    const calibration = calibrationOf(pairs, verdicts && canaryFigures(verdicts), { seed: SEED });
    const mustResolve = await this.calibrations.save(judge, version, calibration);
    if (!mustResolve) return;
    await this.labels.resolveLabelledBy(judge, version);
    await this.calibrations.applied(judge, version);
  }

  list(judge: string | null): Promise<CalibrationRow[]> {
    return this.calibrations.all(judge);
  }
}
