import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { LabelCallsInput } from './run.input.js';
import { RunService } from './run.service.js';
import { LabelingRunType } from './run.type.js';

@Resolver(() => LabelingRunType)
export class RunResolver {
  constructor(private readonly runs: RunService) {}

  @Query(() => LabelingRunType, { nullable: true, description: 'A labelling run; null when there is none of that id.' })
  labelingRun(
    @Args('id', { type: () => ID, description: 'Id of the run.' }) id: string,
  ): Promise<LabelingRunType | null> {
    return this.runs.find(id);
  }

  @Mutation(() => LabelingRunType, { description: 'Starts scoring answers; follow it with labelingRun.' })
  labelCalls(
    @Args('input', { type: () => LabelCallsInput, description: 'Which answers, and by whom.' }) input: LabelCallsInput,
  ): Promise<LabelingRunType> {
    return this.runs.request(input);
  }
}
