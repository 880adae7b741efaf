import { Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type ProblemRecord } from '@signalbox/contracts';
import { type JobContext } from '@signalbox/queue';
import { extractCalls, type RedactionLevelName } from '@signalbox/spans';
import type { CandidateBook } from '../models/candidate-book.js';
import { CandidateRepository } from '../models/candidate.repository.js';
import { SourceService } from '../sources/source.service.js';
import type { TracePage, TraceReader } from '../backends/trace-reader.js';
import { ExtractionEntity } from './extraction.entity.js';
import { ExtractionRepository, type Unread } from './extraction.repository.js';
import { idsWithoutCall } from './superseded-ids.js';
import { traceIdsOf, unclaimed } from './trace-claims.js';
import { WindowRepository } from './window.repository.js';
import { WindowWalk, type TimeWindow } from './window-walk.js';

/** Traces in an answer from which on it may have been cut. */
const fullAt = ({ limits }: TraceReader, limit: number): number => Math.ceil(limit * limits.fullShare);
/** A backend that refuses a range of a minute does not refuse it for its length. */
const REFUSED_FLOOR_MS = 60_000;

interface Reading {
  extraction: ExtractionEntity;
  redaction: RedactionLevelName;
  reader: TraceReader;
  book: CandidateBook;
  context: JobContext;
}

@Injectable()
export class ExtractJob {
  constructor(
    private readonly extractions: ExtractionRepository,
    private readonly windows: WindowRepository,
    private readonly sources: SourceService,
    private readonly candidates: CandidateRepository,
  ) {}

  /**
   * Reads what is left of an extraction, window by window. It may be stopped or killed between any two statements and
   * called again.
   * @param progressed is told after every window, with the spans read in all
   */
  async run(id: string, context: JobContext, progressed?: (spansRead: number) => Promise<void>): Promise<void> {
    if (!(await this.extractions.markRunning(id))) return;
    const extraction = await this.extractions.find(id);
    if (!extraction) return;
    try {
      const source = await this.sources.require(extraction.sourceId);
      const reader = await this.sources.open(source);
      const { redaction } = source;
      const reading = { extraction, redaction, reader, book: await this.candidates.book(), context };
      const services = source.serviceName === null ? (await reader.services()).sort() : [source.serviceName];
      let { spansRead } = extraction;
      for (const service of services) {
        for await (const spans of this.readService(reading, service)) {
          spansRead += spans;
          await progressed?.(spansRead);
          if (context.signal.aborted) return;
        }
      }
      await this.extractions.succeed(id, incompleteProblem, context.fence);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error; // a bug or a lost connection: the queue tries again
      await this.extractions.fail(id, { code: error.code, message: error.message, nextStep: error.nextStep });
    }
  }

  /** The last attempt failed for a reason that nobody foresaw. */
  async giveUp(id: string): Promise<void> {
    const message = 'The extraction stopped on an unexpected error.';
    await this.extractions.fail(id, { code: 'INTERNAL', message, nextStep: ERROR_CODES.INTERNAL });
  }

  /** Yields the spans read in each window that was stored. */
  private async *readService(reading: Reading, service: string): AsyncGenerator<number> {
    const { id, from, to } = reading.extraction;
    const walk = new WindowWalk({ from: from.getTime(), to: to.getTime() }, reading.reader.limits);
    const resume = async () => {
      const done = await this.windows.resumePoint(id, service);
      if (done) walk.resumeAt(done.cursor, done.width);
    };
    await resume();
    for (let window = walk.window; window; window = walk.window) {
      const { page, overflowed } = await searchWindow(reading.reader, service, window, walk);
      if (!page) continue;
      const read = await this.storeWindow(reading, { service, window, page, overflowed });
      if (read === null) {
        // Another worker is at the same extraction; go on behind what it has done.
        if (!(await this.extractions.markRunning(id))) return;
        await resume();
        continue;
      }
      walk.advance(page.traces / fullAt(reading.reader, reading.reader.limits.traces));
      yield read;
    }
  }

  private async storeWindow(
    { extraction, redaction, reader, book, context }: Reading,
    {
      service,
      window,
      page,
      overflowed,
    }: { service: string; window: TimeWindow; page: TracePage; overflowed: boolean },
  ): Promise<number | null> {
    const known = await this.windows.claims(extraction.id, traceIdsOf(page.spans));
    const { spans, claims } = await unclaimed(page.spans, known, (traceId) => reader.trace(traceId));
    const extracted = extractCalls(spans, { malformed: page.malformed });
    const { id: extractionId, sourceId } = extraction;
    const superseded = idsWithoutCall(spans, extracted);
    const stored = await this.windows.store(
      {
        extractionId,
        sourceId,
        redaction,
        service,
        window,
        overflowed,
        partial: page.partial,
        extracted,
        claims,
        superseded,
      },
      book,
      context.fence,
    );
    return stored ? extracted.spansRead : null;
  }
}

interface SearchedWindow {
  /** Null when the window must be read in parts; the walk has been told. */
  page: TracePage | null;
  overflowed: boolean;
}

async function searchWindow(
  reader: TraceReader,
  service: string,
  window: TimeWindow,
  walk: WindowWalk,
): Promise<SearchedWindow> {
  const { traces: limit, mostTraces, narrowestMs } = reader.limits;
  let page: TracePage;
  try {
    page = await reader.search(service, window.from, window.to, limit);
  } catch (error) {
    // Too long a range or too large an answer is refused like anything else; a narrower one may pass.
    if (
      error instanceof SignalboxError &&
      error.code === 'SOURCE_REFUSED' &&
      walk.narrow(2, Math.max(REFUSED_FLOOR_MS, narrowestMs))
    ) {
      return { page: null, overflowed: false };
    }
    throw error;
  }
  if (page.traces < fullAt(reader, limit)) return { page, overflowed: false };
  // A page that is cut holds at least three times what a whole one may: half of its window would be cut again.
  if (walk.narrow(page.traces >= limit ? 4 : 2)) return { page: null, overflowed: false };
  try {
    const raised = await reader.search(service, window.from, window.to, mostTraces);
    return { page: raised, overflowed: raised.traces >= fullAt(reader, mostTraces) };
  } catch (error) {
    if (error instanceof SignalboxError && error.code === 'SOURCE_REFUSED') return { page, overflowed: true };
    throw error;
  }
}

function incompleteProblem({ overflowed, partial }: Unread): ProblemRecord {
  const full = `In ${overflowed} windows start more traces than the backend gives out.`;
  const cut = `The backend gave ${partial} traces only in part.`;
  const code = overflowed > 0 ? 'SOURCE_WINDOW_FULL' : 'SOURCE_TRACE_PARTIAL';
  return {
    code,
    message: `${[...(overflowed > 0 ? [full] : []), ...(partial > 0 ? [cut] : [])].join(' ')} What it gave is stored.`,
    nextStep: ERROR_CODES[code],
  };
}
