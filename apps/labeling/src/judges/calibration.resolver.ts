import { Args, Query, Resolver } from '@nestjs/graphql';
import { CalibrationService } from './calibration.service.js';
import { JudgeCalibrationType } from './calibration.type.js';

@Resolver(() => JudgeCalibrationType)
export class CalibrationResolver {
  constructor(private readonly calibrations: CalibrationService) {}

  @Query(() => [JudgeCalibrationType], {
    description: 'How far judges agree with people, by judge, the newest version first; the first 1000.',
  })
  judgeCalibrations(
    @Args('judge', { type: () => String, nullable: true, description: 'One judge by name; all when absent.' })
    judge: string | null,
  ): Promise<JudgeCalibrationType[]> {
    return this.calibrations.list(judge ?? null);
  }
}
