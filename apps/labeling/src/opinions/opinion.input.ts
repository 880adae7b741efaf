import { ArgsType, Field, Float, ID, InputType, Int } from '@nestjs/graphql';
import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Type } from 'class-transformer';
import { IsNumber, IsOptional, IsString, Length, Max, Min, ValidateNested } from 'class-validator';
import { LabelingGraph } from '../labeling.graph.js';

@InputType('SubmitFeedbackInput', {
  registerIn: () => LabelingGraph,
  description:
    'What a user thinks of an answer. Exactly one of callId, traceId, requestId names the call; score is 0..1.',
})
export class SubmitFeedbackInput {
  @IsOptional()
  @IsString()
  @Field(() => ID, { nullable: true, description: 'Id of the call.' })
  callId?: string | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Its trace, 32 hex digits; the last answer in it is meant.' })
  traceId?: string | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: "The gateway's id of the request." })
  requestId?: string | null;

  @IsNumber()
  @Min(0)
  @Max(1)
  @Field(() => Float, { description: '0 (bad) to 1 (good); a thumb is 0 or 1.' })
  score!: number;

  @IsOptional()
  @IsString()
  @Length(0, 200)
  @Field(() => String, { nullable: true, description: "Who says it; the same user's next feedback replaces this one." })
  userId?: string | null;

  @IsOptional()
  @IsString()
  @Length(0, 10_000)
  @Field(() => String, { nullable: true, description: 'In their own words.' })
  comment?: string | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}

@InputType('SubmitHumanLabelInput', {
  registerIn: () => LabelingGraph,
  description: 'The verdict of a person who read prompt and answer. Judges are calibrated on these.',
})
export class SubmitHumanLabelInput {
  @IsString()
  @Field(() => ID, { description: 'Id of the call.' })
  callId!: string;

  @IsNumber()
  @Min(0)
  @Max(1)
  @Field(() => Float, { description: '0 (wrong) to 1 (correct and complete).' })
  score!: number;

  @IsOptional()
  @IsString()
  @Length(0, 10_000)
  @Field(() => String, { nullable: true, description: 'Why.' })
  rationale?: string | null;

  @IsOptional()
  @IsString()
  @Length(0, 200)
  @Field(() => String, { nullable: true, description: "Who says it; the same person's next label replaces this one." })
  userId?: string | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}

@ArgsType()
export class CallsToLabelArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, {
    nullable: true,
    description: 'Which calls; all that are answered with text when absent.',
  })
  filter?: LlmCallFilter | null;

  @Field(() => String, { nullable: true, description: 'Who labels, as submitHumanLabel names them.' })
  userId?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: 0, description: 'The same seed gives the same order.' })
  seed?: number | null;

  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'Calls, 1 to 200.' })
  first?: number | null;
}
