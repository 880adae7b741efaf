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

@ObjectType({ description: 'Where a page of a connection begins and ends.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follows.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether rows come before: true when `after` was given, since it is the cursor of a row before this page.',
  })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first edge; null when the page is empty.' })
  startCursor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last edge, null when the page is empty; give it as `after`.',
  })
  endCursor?: string | null;
}
