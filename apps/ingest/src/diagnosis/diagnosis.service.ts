import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { Turns } from '@signalbox/database';
import { diagnose, extractCalls, joinLogRecords, type Sample } from '@signalbox/spans';
import { validate as isUuid } from 'uuid';
import { isBucket } from '../backends/bucket/bucket-settings.js';
import { skippedSpans } from '../extractions/extraction.service.js';
import { CLOCK, type Clock } from '../ingest.environment.js';
import { estimateCost, type CandidateBook } from '../models/candidate-book.js';
import { CandidateRepository } from '../models/candidate.repository.js';
import { ReceivedRepository } from '../receiver/received.repository.js';
import type { TraceSourceEntity } from '../sources/source.entity.js';
import { SourceService } from '../sources/source.service.js';
import { TraceSourceKind } from '../sources/source.type.js';
import type { DiagnosisType } from './diagnosis.type.js';
import { LONGEST_MS, MOST_SPANS, SampleEnd, sampleSource, type ReadSample } from './read-sample.js';
import { unlessAborted, withinTime } from './time-limit.js';

const DAY_MS = 24 * 3_600_000;
/** What a Date can hold. */
const ALL_TIME = { from: 0, to: 8_640_000_000_000_000 };
const NANOS_PER_MILLI = 1_000_000n;
/** Some thousand spans more tell nothing else, and are in memory at once. */
const MOST_TRACES = 1_000;

export interface DiagnosisRequest {
  sourceId: string;
  from: Date | null;
  to: Date | null;
  sample: number;
}

interface SampleRange {
  from: number;
  to: number;
}

type TracesRead = ReadSample & Pick<Sample, 'records' | 'receivedAt'>;

/** Looks at some traces of a source, stores nothing, and says what will hurt. */
@Injectable()
export class DiagnosisService {
  /** Reading a sample out of its spans keeps the process busy, which also receives: one at a time. */
  private readonly turns = new Turns();

  constructor(
    private readonly sources: SourceService,
    private readonly candidates: CandidateRepository,
    private readonly received: ReceivedRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND, or what keeps the source from being read, with a SOURCE_ code */
  async diagnose({ sourceId, from, to, sample: limit }: DiagnosisRequest): Promise<DiagnosisType> {
    if (limit < 1 || limit > MOST_TRACES)
      throw new SignalboxError('INVALID_INPUT', `sample: expected a number of traces from 1 to ${MOST_TRACES}`);
    if (!isUuid(sourceId)) throw new SignalboxError('NOT_FOUND', `There is no trace source ${sourceId}.`);
    const source = await this.sources.require(sourceId);
    const range = this.rangeOf(source, from, to);
    const end = await this.turns.take();
    try {
      return await this.diagnosed(source, range, limit);
    } finally {
      end();
    }
  }

  private async diagnosed(source: TraceSourceEntity, range: SampleRange, limit: number): Promise<DiagnosisType> {
    const read = await this.read(source, range, limit);
    const extraction = extractCalls(read.spans, { malformed: read.malformed });
    const { records, receivedAt, partial: partialTraces } = read;
    const { findings, unasked } = diagnose({
      ...{ spans: read.spans, extraction, backend: source.kind, partialTraces, records, receivedAt },
      now: BigInt(this.clock().getTime()) * NANOS_PER_MILLI,
      models: knownModels(await this.candidates.book()),
    });
    return {
      source,
      findings: findings.map(({ example, ...finding }) => ({
        ...finding,
        exampleTraceId: example?.traceId ?? null,
        exampleSpanId: example?.spanId ?? null,
      })),
      unasked,
      read: {
        ...{ from: new Date(range.from), to: new Date(range.to), reached: new Date(read.reached), end: read.end },
        ...{ services: read.services, traces: read.traces, spans: extraction.spansRead },
        ...{
          spansMerged: extraction.spansMerged,
          skipped: skippedSpans(extraction.skipped),
          coverage: extraction.coverage,
        },
      },
    };
  }

  /** The last day; of files in a folder, whatever there is. */
  private rangeOf({ kind, path }: TraceSourceEntity, from: Date | null, to: Date | null): SampleRange {
    const all = kind === TraceSourceKind.FILE && !isBucket(path);
    const end = to?.getTime() ?? (all ? ALL_TIME.to : this.clock().getTime());
    const start = from?.getTime() ?? (all ? ALL_TIME.from : end - DAY_MS);
    if (start < end) return { from: start, to: end };
    throw new SignalboxError('INVALID_INPUT', 'from: expected a moment before to');
  }

  private async read(source: TraceSourceEntity, range: SampleRange, limit: number): Promise<TracesRead> {
    if (source.kind === TraceSourceKind.OTLP) return this.readReceived(source, range, limit);
    const { serviceName } = source;
    const read = await sampleSource((signal) => this.sources.open(source, signal), { serviceName, range, limit });
    return { ...read, records: { read: 0, withoutSpan: 0 }, receivedAt: null };
  }

  private async readReceived({ id }: TraceSourceEntity, range: SampleRange, limit: number): Promise<TracesRead> {
    const within = { from: new Date(range.from), to: new Date(range.to) };
    // PostgreSQL gives up after the answer has, which then says why.
    const most = { traces: limit, spans: MOST_SPANS, ms: LONGEST_MS + 1_000 };
    const { traces, unreadable, isCut, reached } = await withinTime(LONGEST_MS, (signal) =>
      unlessAborted(this.received.latest(id, within, most), signal),
    );
    const records = traces.flatMap((trace) => trace.records);
    const { spans, withoutSpan } = joinLogRecords(
      traces.flatMap((trace) => trace.spans),
      records,
    );
    const nanosOf = (moment: Date) => BigInt(moment.getTime()) * NANOS_PER_MILLI;
    const isFull = traces.length + unreadable >= limit;
    return {
      ...{ spans, traces: traces.length, malformed: unreadable, partial: 0, services: [] },
      reached: isCut || isFull ? (reached?.getTime() ?? range.to) : range.from,
      end: isCut ? SampleEnd.TIME_UP : isFull ? SampleEnd.SAMPLE_FULL : SampleEnd.RANGE_READ,
      records: { read: records.length, withoutSpan: withoutSpan.length },
      receivedAt: new Map(traces.map(({ traceId, receivedAt }) => [traceId, nanosOf(receivedAt)])),
    };
  }
}

/** Without a router there is nothing that a model could be a candidate of. */
function knownModels(book: CandidateBook): Sample['models'] {
  if (book.isEmpty) return null;
  return (call) => {
    const { candidate } = book.resolve(call.requestModel, call.responseModel);
    const hasCost = call.costUsd !== null || (candidate !== null && estimateCost(call, candidate) !== null);
    return { isCandidate: candidate !== null, hasCost };
  };
}
