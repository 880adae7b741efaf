import { Field, Float, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Type } from 'class-transformer';
import { IsInt, IsNumber, IsOptional, IsString, Length, Max, Min, ValidateNested } from 'class-validator';
import { TrainingGraph } from '../training.graph.js';

export enum SplitMethod {
  TIME = 'TIME',
  RANDOM = 'RANDOM',
  SESSION = 'SESSION',
  TASK = 'TASK',
}
registerEnumType(SplitMethod, {
  name: 'SplitMethod',
  description:
    'How train and test are told apart. Exact texts, near-duplicates and conversations are never on both sides.',
  valuesMap: {
    TIME: { description: 'The latest prompts are the test, after an embargo.' },
    RANDOM: { description: 'Groups are drawn at random.' },
    SESSION: { description: 'As RANDOM, which keeps conversations whole.' },
    TASK: { description: 'By task; refused for calls, which carry none.' },
  },
});

@InputType('BuildDatasetInput', { registerIn: () => TrainingGraph, description: 'What to freeze.' })
export class BuildDatasetInput {
  @IsString()
  @Length(1, 100)
  @Field(() => String, { description: 'Router whose candidates count.' })
  router!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, { nullable: true, description: 'Which calls; all that can teach a router when absent.' })
  filter?: LlmCallFilter | null;

  @IsOptional()
  @Field(() => SplitMethod, {
    nullable: true,
    defaultValue: SplitMethod.TIME,
    description: 'How train and test are told apart.',
  })
  split?: SplitMethod | null;

  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(0.9)
  @Field(() => Float, {
    nullable: true,
    defaultValue: 0.2,
    description: 'Share of the prompts in the test part, 0.01..0.9.',
  })
  testShare?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(0.9)
  @Field(() => Float, {
    nullable: true,
    defaultValue: 0.1,
    description:
      'No part is cut for validation: settings are chosen by 4-fold out-of-fold prediction within train. Leave it out (0.1 stands for that) or give 0; other shares are refused. testShare + validationShare is below 1.',
  })
  validationShare?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    description: 'Seconds before the cut that are not trained on; a day when absent.',
  })
  embargoSeconds?: number | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description:
      'What makes the vectors: absent, or by its name, the provider of the services, EMBEDDER; or `tfidf-svd`, which is fitted on the training part of this dataset and stored with it.',
  })
  embedding?: string | null;

  @IsOptional()
  @IsInt()
  @Field(() => Int, { nullable: true, description: 'Seed of what is drawn; 0 when absent.' })
  seed?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
