import { Args, Query, Resolver } from '@nestjs/graphql';
import { QualityService } from './quality.service.js';
import { ModelQualityArgs, ModelQualityType } from './quality.type.js';

@Resolver()
export class QualityResolver {
  constructor(private readonly quality: QualityService) {}

  @Query(() => [ModelQualityType], {
    description:
      "How good the logged answers of each model are by one judge, corrected by people's labels; the 1000 with most answers.",
  })
  modelQuality(@Args() args: ModelQualityArgs): Promise<ModelQualityType[]> {
    return this.quality.ofModels(args);
  }
}
