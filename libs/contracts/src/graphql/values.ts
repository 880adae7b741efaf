import { Directive, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { ErrorCode } from '../errors.js';

@ObjectType({ description: 'How far a piece of work is.' })
@Directive('@shareable')
export class Progress {
  @Field(() => Int, { description: 'Units done.' })
  done!: number;

  @Field(() => Int, { nullable: true, description: 'Units in all; null while unknown.' })
  total?: number | null;

  @Field(() => String, { description: 'What is counted, e.g. `spans`.' })
  unit!: string;

  @Field(() => Float, { nullable: true, description: 'Spent so far, in USD.' })
  costUsd?: number | null;
}

@ObjectType({ description: 'An expected failure, with the step that gets one on.' })
@Directive('@shareable')
export class Problem {
  @Field(() => String, { description: 'A code from docs/errors.md.' })
  code!: ErrorCode;

  @Field(() => String, { description: 'What happened.' })
  message!: string;

  @Field(() => String, { nullable: true, description: 'What to do next.' })
  nextStep?: string | null;
}

@ObjectType({ description: 'Where a page of a connection ends.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows.' })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the last edge; give it as `after`.' })
  endCursor?: string | null;
}
