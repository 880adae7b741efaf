import { Field, InputType, Int } from '@nestjs/graphql';
import { IsEnum, IsInt, IsOptional, IsString, Length, Min } from 'class-validator';
import { GraphQLJSON } from 'graphql-scalars';
import { IngestGraph } from '../ingest.graph.js';
import { RedactionLevel, TraceSourceKind } from './source.type.js';

@InputType('CreateTraceSourceInput', {
  registerIn: () => IngestGraph,
  description: 'A backend to read traces from. Credentials are write-only: stored encrypted, never returned.',
})
export class CreateTraceSourceInput {
  @IsString()
  @Length(1, 200)
  @Field(() => String, { description: 'Unique name. The same name with the same settings is the same source.' })
  name!: string;

  @IsEnum(TraceSourceKind)
  @Field(() => TraceSourceKind, { description: 'What keeps the traces.' })
  kind!: TraceSourceKind;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Base URL of the query API, e.g. http://jaeger:16686.' })
  endpoint?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Service whose traces are read; every service when absent.' })
  serviceName?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Sent as the header x-tenant.' })
  tenant?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description: 'Region of AWS, of an XRAY source or a bucket, e.g. eu-central-1.',
  })
  region?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description:
      'Path of a FILE source in the folder of trace files, or s3://bucket/prefix. Of an XRAY source that is read by Transaction Search: log groups, that of the spans first.',
  })
  path?: string | null;

  @IsOptional()
  @IsString()
  @Field(() => String, { nullable: true, description: 'Filter in the language of the backend.' })
  filter?: string | null;

  @IsOptional()
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'Headers sent with every request, name to value. Write-only.',
  })
  headers?: unknown;

  @IsOptional()
  @Field(() => GraphQLJSON, { nullable: true, description: '{token} or {username, password}. Write-only.' })
  credentials?: unknown;

  @IsOptional()
  @IsEnum(RedactionLevel)
  @Field(() => RedactionLevel, {
    nullable: true,
    defaultValue: RedactionLevel.ON,
    description: 'Personal data taken out of prompts and answers before they are stored.',
  })
  redaction?: RedactionLevel | null;

  @IsOptional()
  @IsString()
  @Field(() => String, {
    nullable: true,
    description: 'Cron expression of five fields, UTC: the source is then read by itself, on from its watermark.',
  })
  schedule?: string | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Field(() => Int, { nullable: true, description: 'Days after which calls are deleted.' })
  retentionDays?: number | null;

  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Field(() => String, { nullable: true, description: 'Repeating the call with the same key has one effect.' })
  idempotencyKey?: string | null;
}
