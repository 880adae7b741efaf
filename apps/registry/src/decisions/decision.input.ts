import { ArgsType, Field, Float, InputType, Int } from '@nestjs/graphql';
import { USE_LITE_MAX_TOKENS } from '@signalbox/embedders';
import { Type } from 'class-transformer';
import { IsInt, IsNumber, IsOptional, IsString, Length, MaxLength, Min, ValidateNested } from 'class-validator';
import { RegistryGraph } from '../registry.graph.js';

/** Characters: eight for every token that the embedder reads. What lies between the two ends of a longer text decides nothing. */
const MAX_QUERY = 8 * USE_LITE_MAX_TOKENS;
const TOO_LONG = `expected 1 to ${MAX_QUERY} characters; of a longer prompt give the first and the last ${MAX_QUERY / 2}, since the embedder reads ${USE_LITE_MAX_TOKENS / 2} tokens of either end`;
const MAX_NEED = 200; // characters

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
  @Length(1, MAX_QUERY, { message: TOO_LONG })
  @Field(() => String, {
    description: `Text of the prompt; of a conversation, the last user message. 1 to ${MAX_QUERY} characters. At most ${USE_LITE_MAX_TOKENS} tokens, some 16,000 characters of English, are read: of a longer text as many from either end. Of a prompt beyond the limit give the first and the last ${MAX_QUERY / 2} characters.`,
  })
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
  @MaxLength(MAX_NEED, { each: true })
  @Field(() => [String], {
    nullable: true,
    description: 'Capabilities that the prompt needs, e.g. `tools`; `region:eu` needs the region `eu`.',
  })
  requires?: string[] | null;
}
