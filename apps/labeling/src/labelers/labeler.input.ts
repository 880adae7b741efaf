import { Field, Float, InputType, Int } from '@nestjs/graphql';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsEnum,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import { RUBRIC_LENGTH } from '@signalbox/scoring';
import { GraphQLJSON } from 'graphql-scalars';
import { IN_FLIGHT, MOST_IN_FLIGHT } from '../answering/in-flight.js';
import { LabelingGraph } from '../labeling.graph.js';
import { LabelerKind } from './labeler.type.js';

@InputType('CreateLabelerInput', {
  registerIn: () => LabelingGraph,
  description: 'A labeler. Credentials are write-only: stored encrypted, never returned.',
})
export class CreateLabelerInput {
  @IsString()
  @Length(1, 200)
  @Field(() => String, { description: 'Unique name. The same name with the same settings is the same labeler.' })
  name!: string;

  @IsEnum(LabelerKind)
  @Field(() => LabelerKind, { description: 'METRIC or JUDGE.' })
  kind!: LabelerKind;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, {
    nullable: true,
    description: 'Model of a judge. Take one of another family than the candidates.',
  })
  model?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description: "Base URL of the judge's OpenAI-style API, e.g. http://litellm:4000/v1.",
  })
  baseUrl?: string | null;

  @IsOptional()
  @Field(() => GraphQLJSON, { nullable: true, description: '{apiKey} of the judge. Write-only.' })
  credentials?: unknown;

  @IsOptional()
  @IsString()
  @Length(1, RUBRIC_LENGTH)
  @Field(() => String, {
    nullable: true,
    description: `What the levels mean for your application, in at most ${RUBRIC_LENGTH} characters. It is added to the judge's instructions; levels and form of the reply stay as they are.`,
  })
  rubric?: string | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, {
    nullable: true,
    description: 'Metric whose known answers the judge is shown as the reference, where there is one for the call.',
  })
  referenceFrom?: string | null;

  @IsOptional()
  @ArrayMinSize(2)
  @ArrayMaxSize(3)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  @Field(() => [String], {
    nullable: true,
    description:
      'Two or three judges that make up this one: the mean of their scores where they agree within one level. It has no model of its own.',
  })
  panel?: string[] | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, {
    nullable: true,
    description: 'Judge that decides where a panel does not agree; when absent the panel abstains there.',
  })
  escalateTo?: string | null;

  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(600)
  @Field(() => Float, {
    nullable: true,
    description: 'Seconds after which a request to the judge is given up and tried again, 1..600; 120 when absent.',
  })
  timeoutSeconds?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_IN_FLIGHT)
  @Field(() => Int, {
    nullable: true,
    description: `Answers that a labelling run has the judge score at once, 1..${MOST_IN_FLIGHT}; ${IN_FLIGHT} when absent. As many paid verdicts are lost at most when the process is killed.`,
  })
  concurrency?: number | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description: 'Metric: exact_match, contains, f1, multiple_choice, numeric, math or rouge_l.',
  })
  metric?: string | null;

  @IsOptional()
  @Field(() => GraphQLJSON, {
    nullable: true,
    description:
      'Known answers of a metric: [{query | callId | traceId | contains, answer}], the one of the call before that of its trace, its text and a rule. `contains` is a rule: every prompt that holds the text, in words and any case, has that answer, unless another rule gives it another one; then none is known. At most 1,000 rules of 500 characters.',
  })
  groundTruth?: unknown;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Let the judge's labels count before it has been shown to agree with people.",
  })
  allowUncalibrated?: boolean | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, {
    nullable: true,
    description: 'Price of the judge, USD per million input tokens, where its API names none.',
  })
  inputPrice?: number | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Field(() => Float, { nullable: true, description: 'Price of the judge, USD per million output tokens.' })
  outputPrice?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
