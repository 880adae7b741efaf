import { Field, Float, ID, InputType, Int } from '@nestjs/graphql';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Length, Min } from 'class-validator';
import { GraphQLJSON } from 'graphql-scalars';
import { TrainingGraph } from '../training.graph.js';

export const ROUTER_TYPES = ['kmeans', 'knn', 'ridge'] as const;
export type TrainedType = (typeof ROUTER_TYPES)[number];

@InputType('TrainRouterInput', { registerIn: () => TrainingGraph, description: 'What to fit.' })
export class TrainRouterInput {
  @IsString()
  @Field(() => ID, { description: 'A frozen dataset.' })
  datasetId!: string;

  @IsIn(ROUTER_TYPES)
  @Field(() => String, { description: '`kmeans`, `knn` or `ridge`.' })
  routerType!: TrainedType;

  @IsOptional()
  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'Hyper-parameters are chosen out of fold; given ones are refused, since nothing would show that they are good.',
  })
  params?: unknown;

  @IsOptional()
  @IsNumber()
  @Min(1)
  @Field(() => Float, { nullable: true, description: 'Refused: the whole grid is searched, which takes seconds.' })
  searchSeconds?: number | null;

  @IsOptional()
  @IsInt()
  @Field(() => Int, { nullable: true, description: 'Seed of folds and anchors; 0 when absent.' })
  seed?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
