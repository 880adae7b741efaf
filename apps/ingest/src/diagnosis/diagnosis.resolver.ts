import { Args, ID, Int, Query, Resolver } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { DiagnosisService } from './diagnosis.service.js';
import { DiagnosisType } from './diagnosis.type.js';

const SAMPLE = 200;

@Resolver(() => DiagnosisType)
export class DiagnosisResolver {
  constructor(private readonly diagnoses: DiagnosisService) {}

  @Query(() => DiagnosisType, {
    description:
      'Reads some of the newest traces of a source, stores nothing, and says what in them will hurt and what to change.',
  })
  diagnoseSource(
    @Args('sourceId', { type: () => ID, description: 'Source to look at.' }) sourceId: string,
    @Args('from', {
      type: () => DateTime,
      nullable: true,
      description: 'Earliest moment, UTC; a day before `to` when absent, and everything of files.',
    })
    from: Date | null,
    @Args('to', {
      type: () => DateTime,
      nullable: true,
      description: 'First moment that is not read, UTC; now when absent.',
    })
    to: Date | null,
    @Args('sample', { type: () => Int, defaultValue: SAMPLE, description: 'Traces to read, 1 to 1,000.' })
    sample: number,
  ): Promise<DiagnosisType> {
    return this.diagnoses.diagnose({ sourceId, from: from ?? null, to: to ?? null, sample });
  }
}
