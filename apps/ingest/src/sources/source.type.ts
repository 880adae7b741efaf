import { Directive, Field, GraphQLISODateTime, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { IngestGraph } from '../ingest.graph.js';

export enum TraceSourceKind {
  JAEGER = 'JAEGER',
  TEMPO = 'TEMPO',
  XRAY = 'XRAY',
  OTLP = 'OTLP',
  FILE = 'FILE',
}
registerEnumType(TraceSourceKind, {
  name: 'TraceSourceKind',
  description: 'What keeps the traces.',
  registerIn: () => IngestGraph,
});

@ObjectType('TraceSource', { registerIn: () => IngestGraph, description: 'A backend that traces are read from.' })
@Directive('@key(fields: "id")')
export class TraceSourceType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => TraceSourceKind, { description: 'What keeps the traces.' })
  kind!: TraceSourceKind;

  @Field(() => String, { nullable: true, description: 'Base URL of its query API.' })
  endpoint?: string | null;

  @Field(() => GraphQLISODateTime, { nullable: true, description: 'Everything that started before this was read.' })
  watermark?: Date | null;
}
