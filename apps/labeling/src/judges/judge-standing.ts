import { Inject, Injectable } from '@nestjs/common';
import type { JudgeLabeler } from '../labelers/labeler.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { CalibrationRepository } from './calibration.repository.js';

/** Which judges' labels count. */
@Injectable()
export class JudgeStanding {
  constructor(
    private readonly calibrations: CalibrationRepository,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** As it is now: of versions that passed their gate, and of judges that somebody let in without. */
  async now(): Promise<(judge: JudgeLabeler) => boolean> {
    const passed = await this.calibrations.passed();
    return ({ name, version, settings }) =>
      settings.allowUncalibrated ||
      this.environment.labelPolicy.allowUncalibrated.includes(name) ||
      passed.has(`${name}@${version}`);
  }
}
