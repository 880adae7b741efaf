import { ArgsType, Field, Int } from '@nestjs/graphql';
import { LlmCallFilter } from '@signalbox/contracts/graphql';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { CallGroup } from './call-stats.type.js';

/** A class, since an argument of the type `LlmCallFilter | null` is an Object at run time, of which nothing is checked. */
@ArgsType()
class FilterArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => LlmCallFilter)
  @Field(() => LlmCallFilter, { nullable: true, description: 'Which calls; all when absent.' })
  filter?: LlmCallFilter | null;
}

@ArgsType()
export class LlmCallsArgs extends FilterArgs {
  @Field(() => Int, { defaultValue: 50, nullable: true, description: 'Calls of a page, 1 to 200.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'endCursor of the page before.' })
  after?: string | null;
}

@ArgsType()
export class CallStatsArgs extends FilterArgs {
  @Field(() => CallGroup, { description: 'What calls are counted by.' })
  groupBy!: CallGroup;
}
