import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { LlmCallType } from '../calls/call.type.js';
import { LabelType } from '../labels/label.type.js';
import { CallsToLabelArgs, SubmitFeedbackInput, SubmitHumanLabelInput } from './opinion.input.js';
import { OpinionService } from './opinion.service.js';

@Resolver()
export class OpinionResolver {
  constructor(private readonly opinions: OpinionService) {}

  @Query(() => [LlmCallType], {
    description:
      'Answers for a person to score: those without a label of that person, shuffled by the seed, of each model one in turn; at most 200.',
  })
  async callsToLabel(@Args() args: CallsToLabelArgs): Promise<LlmCallType[]> {
    return (await this.opinions.callsToLabel(args)).map((id) => ({ id }));
  }

  @Mutation(() => LabelType, {
    description:
      'Keeps the feedback of a user. It may come before its call has been read; `call` is then null until it has.',
  })
  submitFeedback(
    @Args('input', { type: () => SubmitFeedbackInput, description: 'The feedback.' }) input: SubmitFeedbackInput,
  ): Promise<LabelType> {
    return this.opinions.submitFeedback(input);
  }

  @Mutation(() => LabelType, { description: 'Keeps the verdict of a person on an answer.' })
  submitHumanLabel(
    @Args('input', { type: () => SubmitHumanLabelInput, description: 'The verdict.' }) input: SubmitHumanLabelInput,
  ): Promise<LabelType> {
    return this.opinions.submitHumanLabel(input);
  }
}
