import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
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

export enum RedactionLevel {
  OFF = 'OFF',
  ON = 'ON',
  STRICT = 'STRICT',
}
registerEnumType(RedactionLevel, {
  name: 'RedactionLevel',
  description: 'How much personal data is taken out of texts before they are stored.',
  valuesMap: {
    OFF: { description: 'None.' },
    ON: { description: 'Keys and passwords, e-mail addresses, phone numbers, payment cards, IBANs, IP addresses.' },
    STRICT: { description: 'Beside these every number of six digits or more, and what follows the host in links.' },
  },
  registerIn: () => IngestGraph,
});

@ObjectType('TraceSource', { registerIn: () => IngestGraph, description: 'A backend that traces are read from.' })
export class TraceSourceType {
  @Field(() => ID, { description: 'uuid v7.' })
  id!: string;

  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => TraceSourceKind, { description: 'What keeps the traces.' })
  kind!: TraceSourceKind;

  @Field(() => String, { nullable: true, description: 'Base URL of its query API.' })
  endpoint!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Everything that started before this was read, UTC; null before the first complete extraction.',
  })
  watermark!: Date | null;

  @Field(() => RedactionLevel, { description: 'What is taken out of texts before they are stored.' })
  redaction!: RedactionLevel;

  @Field(() => String, { nullable: true, description: 'Cron expression, UTC, by which the source is read by itself.' })
  schedule!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is read next by its schedule, UTC.' })
  nextRunAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Days after which its calls are deleted; kept for ever when absent.',
  })
  retentionDays!: number | null;
}
