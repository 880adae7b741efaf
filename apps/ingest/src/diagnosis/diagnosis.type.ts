import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { DateTime } from '@signalbox/contracts/graphql';
import type { Severity } from '@signalbox/spans';
import { CoverageType, SkippedSpansType } from '../extractions/extraction.type.js';
import { IngestGraph } from '../ingest.graph.js';
import { TraceSourceType } from '../sources/source.type.js';
import { SampleEnd } from './read-sample.js';

const FindingSeverity = { SEVERE: 'SEVERE', WARNING: 'WARNING', NOTE: 'NOTE' } as const satisfies Record<
  Severity,
  Severity
>;
registerEnumType(FindingSeverity, {
  name: 'FindingSeverity',
  description: 'What a finding costs.',
  registerIn: () => IngestGraph,
  valuesMap: {
    SEVERE: { description: 'Data to learn from is lost, and no later reading brings it back.' },
    WARNING: { description: 'Some is lost, or figures suffer.' },
    NOTE: { description: 'Something cannot be done that could be.' },
  },
});
registerEnumType(SampleEnd, {
  name: 'SampleEnd',
  description: 'Why a sample ends where it does.',
  registerIn: () => IngestGraph,
  valuesMap: {
    RANGE_READ: { description: 'The range holds no more.' },
    SAMPLE_FULL: { description: 'As many traces as were asked for were read.' },
    TIME_UP: { description: 'Thirty seconds were over, or 100,000 spans, or 64 MB of what was sent here, were read.' },
  },
});

@ObjectType('Setting', { registerIn: () => IngestGraph, description: 'What to change.' })
export class SettingType {
  @Field(() => String, { description: 'Whose setting: a vocabulary of spans, a kind of source, or `any`.' })
  where!: string;

  @Field(() => String, { description: 'Variable, key or parameter with its value.' })
  change!: string;
}

@ObjectType('Finding', {
  registerIn: () => IngestGraph,
  description: 'Something in traces that hurts what is learned from them.',
})
export class FindingType {
  @Field(() => String, { description: 'What it is, as docs/findings.md lists it, e.g. `CONTENT_ABSENT`.' })
  code!: string;

  @Field(() => FindingSeverity, { description: 'What it costs.' })
  severity!: Severity;

  @Field(() => String, { description: 'What was found. It never repeats text of prompts or answers.' })
  message!: string;

  @Field(() => Int, { description: 'How many.' })
  count!: number;

  @Field(() => Int, { description: 'Of how many.' })
  of!: number;

  @Field(() => String, { description: 'What is counted, e.g. `answered calls`.' })
  unit!: string;

  @Field(() => String, { nullable: true, description: 'A trace that shows it.' })
  exampleTraceId!: string | null;

  @Field(() => String, { nullable: true, description: 'The span of it that shows it.' })
  exampleSpanId!: string | null;

  @Field(() => [SettingType], { description: 'What to change.' })
  settings!: SettingType[];
}

@ObjectType('DiagnosedSample', { registerIn: () => IngestGraph, description: 'What a diagnosis looked at.' })
export class DiagnosedSampleType {
  @Field(() => DateTime, { description: 'Earliest moment that was asked for, UTC.' })
  from!: Date;

  @Field(() => DateTime, { description: 'First moment that was not asked for, UTC.' })
  to!: Date;

  @Field(() => DateTime, { description: 'How far back from `to` the backend was searched, UTC.' })
  reached!: Date;

  @Field(() => SampleEnd, { description: 'Why no more was read.' })
  end!: SampleEnd;

  @Field(() => [String], { description: 'Services that were searched one by one; none when all were at once.' })
  services!: string[];

  @Field(() => Int, { description: 'Traces.' })
  traces!: number;

  @Field(() => Int, {
    description: 'Spans: coverage.calls + spansMerged + the sum of skipped, but for spans read twice.',
  })
  spans!: number;

  @Field(() => Int, { description: 'Spans that report a call which another span reports too.' })
  spansMerged!: number;

  @Field(() => [SkippedSpansType], { description: 'Spans that report no call, by reason.' })
  skipped!: SkippedSpansType[];

  @Field(() => CoverageType, { description: 'Of the calls found, how many carry each fact.' })
  coverage!: CoverageType;
}

@ObjectType('Diagnosis', { registerIn: () => IngestGraph, description: 'What hurts in the traces of a source.' })
export class DiagnosisType {
  @Field(() => TraceSourceType, { description: 'What was looked at.' })
  source!: TraceSourceType;

  @Field(() => DiagnosedSampleType, { description: 'What was read: nothing found in nothing means nothing.' })
  read!: DiagnosedSampleType;

  @Field(() => [FindingType], { description: 'What hurts, severe findings first.' })
  findings!: FindingType[];

  @Field(() => [String], { description: 'Codes that could not be looked for here: silence about them means nothing.' })
  unasked!: string[];
}
