import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Type } from 'class-transformer';
import { IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { LabelingGraph } from '../labeling.graph.js';

@ObjectType('ModelQuality', {
  registerIn: () => LabelingGraph,
  description:
    'What people would say of the logged answers of one model on average, as far as one judge and people tell.',
})
export class ModelQualityType {
  @Field(() => String, { nullable: true, description: 'The model that answered; null where it is not known.' })
  modelName!: string | null;

  @Field(() => Int, { description: 'Answers that the judge scored.' })
  judged!: number;

  @Field(() => Int, { description: 'Of these, answers that people scored as well.' })
  labelledByPeople!: number;

  @Field(() => Float, { description: "Mean of the judge's scores, 0..1, with whatever it is off by." })
  judgeMean!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "The judge's mean, corrected by what it is off by where people scored as well, 0..1; null with fewer than 20 such answers.",
  })
  mean!: number | null;

  @Field(() => [Float], {
    nullable: true,
    description:
      "95 % interval of the corrected mean, which carries the judge's error. People's answers must be a random part.",
  })
  meanCi95!: [number, number] | null;
}

@ArgsType()
export class ModelQualityArgs {
  @IsString()
  @Length(1, 200)
  @Field(() => String, { description: 'Name of a judge; its newest version with labels counts.' })
  judge!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, { nullable: true, description: 'Which calls; all that the judge scored when absent.' })
  filter?: LlmCallFilter | null;
}
