import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Field, Float, InputType, Int, registerEnumType } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsBoolean,
  IsEnum,
  IsInt,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { GraphQLJSON } from 'graphql-scalars';
import { LabelingGraph } from '../labeling.graph.js';

export enum ReplaySampling {
  RANDOM = 'RANDOM',
  STRATIFIED = 'STRATIFIED',
  UNCERTAIN = 'UNCERTAIN',
}
registerEnumType(ReplaySampling, {
  name: 'ReplaySampling',
  description: 'How prompts are drawn.',
  registerIn: () => LabelingGraph,
  valuesMap: {
    RANDOM: { description: 'Each as likely as any other.' },
    STRATIFIED: {
      description:
        'As many of each cluster of similar prompts (k-means over their embeddings), so that rare kinds are among them; a fifth at random.',
    },
    UNCERTAIN: {
      description:
        'The more likely the less the two best candidates differ in what the champion of the router expects of them; a fifth at random.',
    },
  },
});

const MAX_PROMPTS = 100_000; // opened in one transaction, with a cell for every candidate

@InputType('ReplayCallsInput', {
  registerIn: () => LabelingGraph,
  description: 'Which prompts are asked again, of whom, and for how much.',
})
export class ReplayCallsInput {
  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, { nullable: true, description: 'Which calls; all that can be replayed when absent.' })
  filter?: LlmCallFilter | null;

  @IsInt()
  @Min(1)
  @Max(MAX_PROMPTS)
  @Field(() => Int, {
    description:
      'Prompts to draw, 1 to 100000. STRATIFIED and UNCERTAIN may draw a few less, where their two draws meet in one.',
  })
  sampleSize!: number;

  @IsOptional()
  @IsEnum(ReplaySampling)
  @Field(() => ReplaySampling, {
    nullable: true,
    defaultValue: ReplaySampling.RANDOM,
    description: 'How they are drawn. The probability of each is kept, and weighs its outcome.',
  })
  sampling?: ReplaySampling | null;

  @ArrayMinSize(1)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Field(() => [String], {
    description:
      'Models to ask, by the names that the endpoint knows, each once. Of the router where one is named, by name or alias.',
  })
  candidates!: string[];

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description:
      'Router that the candidates are of, and whose prices hold; those of any that knows the candidate when absent. UNCERTAIN and onlyWhereDifferent need it.',
  })
  router?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description: 'Base URL of an OpenAI-style chat API, e.g. http://litellm:4000/v1.',
  })
  endpoint?: string | null;

  @IsOptional()
  @Field(() => GraphQLJSON, { nullable: true, description: '{apiKey} of the endpoint. Write-only.' })
  credentials?: unknown;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      "Compare the challenger of the router with the logged answers: ask its choice, among `candidates`, only of prompts for which it differs from the model that answered; elsewhere the difference is zero. Draws from calls that one of the router's candidates answered, and that a metric or the judge has labelled.",
  })
  onlyWhereDifferent?: boolean | null;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Have the judge of the replay compare each answer with the logged one as well, in both orders: two more verdicts for each cell. Evidence, and no label.',
  })
  pairwise?: boolean | null;

  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    description:
      'Most that candidates and judges may cost, USD. With 0 nothing is asked: the replay tells what it would tell and cost.',
  })
  budgetUsd!: number;

  @IsOptional()
  @IsNumber()
  @IsPositive()
  @Field(() => Float, { nullable: true, description: 'Requests to candidates a second at the most.' })
  maxRequestsPerSecond?: number | null;

  @IsOptional()
  @IsInt()
  @Field(() => Int, {
    nullable: true,
    description: 'Of the sample, 0 when absent; the same seed draws the same prompts.',
  })
  seed?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
