import { Field, Float, ID, InputType } from '@nestjs/graphql';
import { IsBoolean, IsNumber, IsOptional, IsString, Max, Min, ValidateBy } from 'class-validator';
import { DateTime } from './date-time.js';
import { CallStatus } from './enums.js';

/** A moment that does not lie before another one of the same object, where both are given. */
const IsNotBefore = (property: string): PropertyDecorator =>
  ValidateBy({
    name: 'isNotBefore',
    validator: {
      validate: (value: unknown, of) => {
        const other: unknown = of && Object.entries(of.object).find(([name]) => name === property)?.[1];
        return !(value instanceof Date && other instanceof Date) || value >= other;
      },
      defaultMessage: () => `$property must not be before ${property}`,
    },
  });

@InputType({ description: 'Which calls are meant; all conditions hold together.' })
export class LlmCallFilter {
  @IsOptional()
  @Field(() => DateTime, { nullable: true, description: 'Started at or after, UTC.' })
  from?: Date | null;

  @IsOptional()
  @IsNotBefore('from')
  @Field(() => DateTime, { nullable: true, description: 'Started before, UTC; not before `from`.' })
  to?: Date | null;

  @IsOptional()
  @IsString({ each: true })
  @Field(() => [String], { nullable: true, description: 'Any of these models.' })
  modelName?: string[] | null;

  @IsOptional()
  @IsString()
  @Field(() => ID, { nullable: true, description: 'Read from this source.' })
  sourceId?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Of this conversation.' })
  sessionId?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Of this user.' })
  userId?: string | null;

  @IsOptional()
  @Field(() => [CallStatus], { nullable: true, description: 'Ended in any of these ways.' })
  status?: CallStatus[] | null;

  @IsOptional()
  @IsBoolean()
  @Field(() => Boolean, { nullable: true, description: 'Whether a performance is known.' })
  labelled?: boolean | null;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  @Field(() => Float, { nullable: true, description: 'Performance below this, 0..1.' })
  performanceBelow?: number | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description:
      'Text that the query holds, in capitals or not. It is looked for in all calls that the other conditions leave, without an index.',
  })
  text?: string | null;
}
