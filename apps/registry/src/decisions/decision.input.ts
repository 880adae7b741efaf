import { ArgsType, Field, Float, InputType, Int } from '@nestjs/graphql';
import { Type } from 'class-transformer';
import { IsInt, IsNumber, IsOptional, IsString, Length, MaxLength, Min, ValidateNested } from 'class-validator';
import { RegistryGraph } from '../registry.graph.js';

const MAX_QUERY = 1_000_000; // characters; longer than the longest context there is

@InputType('TradeoffInput', {
  registerIn: () => RegistryGraph,
  description: 'Points of quality that a USD and a second are worth.',
})
export class TradeoffInput {
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, defaultValue: 0, description: 'Quality (1 = from 0 to 1) per USD.' })
  usd?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, defaultValue: 0, description: 'Quality (1 = from 0 to 1) per second.' })
  seconds?: number | null;
}

@ArgsType()
export class DecideArgs {
  @IsString()
  @Field(() => String, { description: 'Name of the router.' })
  router!: string;

  @IsString()
  @Length(1, MAX_QUERY)
  @Field(() => String, { description: 'Text of the prompt; of a conversation, the last user message.' })
  query!: string;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, defaultValue: 'champion', description: 'Alias of the version that decides.' })
  alias?: string | null;

  @IsOptional()
  @ValidateNested()
  @Type(() => TradeoffInput)
  @Field(() => TradeoffInput, {
    nullable: true,
    description: 'What quality trades against; what training chose when absent.',
  })
  tradeoff?: TradeoffInput | null;

  @IsOptional()
  @IsString({ each: true })
  @Field(() => [String], { nullable: true, description: 'The candidates to choose from; all when absent.' })
  candidates?: string[] | null;

  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  @Field(() => String, {
    nullable: true,
    description: 'Conversation: all its decisions share one random draw. A fresh draw for each decision when absent.',
  })
  sessionId?: string | null;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Field(() => Int, {
    nullable: true,
    description:
      'Length of the whole prompt in tokens; masks candidates of a shorter context. Nothing is masked by length when absent.',
  })
  inputTokens?: number | null;

  @IsOptional()
  @IsString({ each: true })
  @Field(() => [String], {
    nullable: true,
    description: 'Capabilities that the prompt needs, e.g. `tools`; `region:eu` needs the region `eu`.',
  })
  requires?: string[] | null;
}
