import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { LabelType } from '../labels/label.type.js';
import { SubmitFeedbackInput, SubmitHumanLabelInput } from './opinion.input.js';
import { OpinionService } from './opinion.service.js';

@Resolver()
export class OpinionResolver {
  constructor(private readonly opinions: OpinionService) {}

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
