import { Field, Float, InputType, Int } from '@nestjs/graphql';
import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Length,
  Max,
  Min,
} from 'class-validator';
import { FITTED } from '../datasets/fit-embedder.js';
import { ROUTER_TYPES, type TrainedType } from '../runs/run.input.js';
import { TrainingGraph } from '../training.graph.js';

@InputType('TriggerRetrainInput', {
  registerIn: () => TrainingGraph,
  description: 'What to retrain, and what it may cost.',
})
export class TriggerRetrainInput {
  @IsString()
  @Length(1, 100)
  @Field(() => String, { description: 'Name of the router.' })
  router!: string;

  @IsOptional()
  @IsString()
  @Length(1, 500)
  @Field(() => String, { nullable: true, description: 'Why, for the record.' })
  reason?: string | null;

  @IsOptional()
  @ArrayNotEmpty()
  @IsIn(ROUTER_TYPES, { each: true })
  @Field(() => [String], {
    nullable: true,
    description:
      'Routers to fit, of `kmeans`, `knn`, `ridge`; `knn` and `ridge` when absent. The best out of fold is registered.',
  })
  routerTypes?: TrainedType[] | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, description: 'Most that judges may cost, USD; 5 when absent.' })
  judgeBudgetUsd?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    description: 'Most that replaying and judging its answers may cost, USD; 20 when absent.',
  })
  replayBudgetUsd?: number | null;

  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  @Field(() => String, {
    nullable: true,
    description:
      'OpenAI-style base URL that candidates are asked through. Without it there is no replay, and the gate refuses.',
  })
  replayEndpoint?: string | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @Field(() => Int, { nullable: true, description: 'Prompts of the test part to replay; 400 when absent.' })
  replayTestPrompts?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @Field(() => Int, { nullable: true, description: 'Prompts of the training part to replay; 300 when absent.' })
  replayTrainPrompts?: number | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  @Field(() => Int, {
    nullable: true,
    description: 'Calls that judges score at the most, drawn at random; 1500 when absent.',
  })
  judgeSample?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(0.9)
  @Field(() => Float, {
    nullable: true,
    description: 'Share of the prompts, the latest, in the test part, 0.01..0.9; 0.2 when absent.',
  })
  testShare?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    description: 'Seconds before the test part that are not trained on; a day when absent.',
  })
  embargoSeconds?: number | null;

  @IsOptional()
  @IsIn([FITTED])
  @Field(() => String, {
    nullable: true,
    description:
      '`tfidf-svd`: vectors of an embedder that is fitted on the training part and travels with the version. Absent: those of the provider of the services, EMBEDDER.',
  })
  embedding?: typeof FITTED | null;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether a version that passes its gate goes live.',
  })
  promoteIfGatePasses?: boolean | null;

  @IsOptional()
  @IsInt()
  @Field(() => Int, { nullable: true, description: 'Seed of all that is drawn; 0 when absent.' })
  seed?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
