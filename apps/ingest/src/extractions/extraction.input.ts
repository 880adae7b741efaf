import { Field, ID, InputType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import { IsDate, IsOptional, IsString, Length } from 'class-validator';
import { IngestGraph } from '../ingest.graph.js';

@InputType('ExtractTracesInput', { registerIn: () => IngestGraph, description: 'What to read, from when to when.' })
export class ExtractTracesInput {
  @IsString()
  @Field(() => ID, { description: 'Source to read.' })
  sourceId!: string;

  @IsDate()
  @Field(() => DateTime, { description: 'First moment that is read, UTC.' })
  from!: Date;

  @IsDate()
  @Field(() => DateTime, {
    description: 'First moment that is not read, UTC. Spans reach a backend late: leave it a minute before now.',
  })
  to!: Date;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
