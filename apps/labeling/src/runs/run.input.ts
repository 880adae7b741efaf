import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Field, Float, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { ArrayMinSize, IsInt, IsNumber, IsOptional, IsString, Length, Min, ValidateNested } from 'class-validator';
import { LabelingGraph } from '../labeling.graph.js';

@InputType('LabelCallsInput', {
  registerIn: () => LabelingGraph,
  description: 'Which answers are scored, and by whom.',
})
export class LabelCallsInput {
  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, {
    nullable: true,
    description: 'Which calls; all that are answered with text when absent.',
  })
  filter?: LlmCallFilter | null;

  @ArrayMinSize(1)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Field(() => [String], { description: 'Names of labelers.' })
  labelers!: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Field(() => Int, {
    nullable: true,
    description:
      'Answers that each judge scores at the most: those with human labels, then others at random. Metrics score all.',
  })
  sampleSize?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    description: 'Most that judges may spend, USD; only calls in flight can exceed it.',
  })
  budgetUsd?: number | null;

  @IsOptional()
  @IsInt()
  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: 'Of the random sample; the same seed draws the same calls.',
  })
  seed?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
