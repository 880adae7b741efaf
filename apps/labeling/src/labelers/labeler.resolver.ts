import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CreateLabelerInput } from './labeler.input.js';
import { LabelerService } from './labeler.service.js';
import { LabelerType } from './labeler.type.js';

@Resolver(() => LabelerType)
export class LabelerResolver {
  constructor(private readonly labelers: LabelerService) {}

  @Query(() => [LabelerType], { name: 'labelers', description: 'Metrics and judges, by name.' })
  list(): Promise<LabelerType[]> {
    return this.labelers.list();
  }

  @Mutation(() => LabelerType, {
    description: 'Makes a metric with known answers, or a judge; labelCalls then uses it by name.',
  })
  createLabeler(
    @Args('input', { type: () => CreateLabelerInput, description: 'The labeler.' }) input: CreateLabelerInput,
  ): Promise<LabelerType> {
    return this.labelers.create(input);
  }
}
