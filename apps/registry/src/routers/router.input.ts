import { Field, Float, InputType, Int } from '@nestjs/graphql';
import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { RegistryGraph } from '../registry.graph.js';

const MAX_CANDIDATES = 100; // a decision scores every one of them

@InputType('CandidateInput', {
  registerIn: () => RegistryGraph,
  description:
    'An LLM that the router may choose. Prices are USD per million tokens; aliases are names that traces use for the same candidate.',
})
export class CandidateInput {
  @IsString()
  @Length(1, 200)
  @Field(() => String, { description: 'Name of the candidate, as your gateway asks for it.' })
  name!: string;

  @IsOptional()
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Field(() => [String], { nullable: true, description: 'Other names of it in traces, in any case.' })
  aliases?: string[] | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, description: 'USD per million input tokens.' })
  inputPrice?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, description: 'USD per million output tokens.' })
  outputPrice?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, description: 'USD per million input tokens that come from a cache.' })
  cachedInputPrice?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Field(() => Int, { nullable: true, description: 'Longest prompt, in tokens; longer ones mask the candidate.' })
  maxInputTokens?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Field(() => Int, { nullable: true, description: 'Longest answer, in tokens.' })
  maxOutputTokens?: number | null;

  @IsOptional()
  @IsString({ each: true })
  @Field(() => [String], { nullable: true, description: 'What it can do, e.g. `tools`, `images`, `json`.' })
  capabilities?: string[] | null;

  @IsOptional()
  @IsString({ each: true })
  @Field(() => [String], { nullable: true, description: 'Where it runs, e.g. `eu`.' })
  regions?: string[] | null;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Whether it may be chosen now.' })
  available?: boolean | null;
}

@InputType('GateInput', {
  registerIn: () => RegistryGraph,
  description: 'What a version must show, paired with the champion and the best single candidate, before it goes live.',
})
export class GateInput {
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  @Field(() => Float, {
    nullable: true,
    defaultValue: 0.01,
    description: 'Quality that may be lost, as a fraction: 0.01 is one point.',
  })
  maxQualityLoss?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    defaultValue: 1,
    description: 'Highest cost a call over that of the other policy.',
  })
  maxCostRatio?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  @Field(() => Float, {
    nullable: true,
    defaultValue: 0.5,
    description: 'Lowest chance to pass again on as many fresh prompts, 0..1.',
  })
  minPower?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(1)
  @Field(() => Float, { nullable: true, defaultValue: 100, description: 'Fewest independent groups of prompts.' })
  minEffectiveSampleSize?: number | null;
}

@InputType('CreateRouterInput', {
  registerIn: () => RegistryGraph,
  description: 'A new router and the candidates that it may choose.',
})
export class CreateRouterInput {
  @IsString()
  @Field(() => String, {
    description: 'Unique name: 1 to 100 of A-Z a-z 0-9 _ . -. The same name with the same settings is the same router.',
  })
  name!: string;

  @IsOptional()
  @IsString()
  @MaxLength(2000)
  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description?: string | null;

  @IsArray()
  @ArrayMaxSize(MAX_CANDIDATES)
  @ValidateNested({ each: true })
  @Type(() => CandidateInput)
  @Field(() => [CandidateInput], {
    description: 'At least two, no two of one name or alias. The first is chosen until labels tell a better one.',
  })
  candidates!: CandidateInput[];

  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, {
    nullable: true,
    description:
      'Comes later; leave it out. The router learns from all calls that one of its candidates answered, by name or alias.',
  })
  filter?: LlmCallFilter | null;

  @IsOptional()
  @ValidateNested()
  @Type(() => GateInput)
  @Field(() => GateInput, { nullable: true, description: 'What its versions must show before they go live.' })
  gate?: GateInput | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
