import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { joinLogRecords, parseTraceFile, type NormalSpan, type ParsedSpans } from '@signalbox/spans';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';

/** Files are read together, since a trace and its log records may lie in several. */
const MOST_BYTES = 256 * 1024 * 1024;
const NANOS_PER_MILLI = 1_000_000n;
/** Everything is there at once: one window holds it all. */
const PAGE: PageLimits = { traces: Infinity, fullShare: 1, mostTraces: Infinity, narrowestMs: 1, widestMs: Infinity };

/** Reads trace files of any known format out of one folder that the operator has named. */
export class FileReader implements TraceReader {
  readonly limits = PAGE;

  private constructor(
    private readonly spans: readonly NormalSpan[],
    private readonly malformed: number,
    private readonly partial: number,
  ) {}

  /**
   * @param folder what the operator lets FILE sources read; '' for nothing
   * @param path a file or folder in it
   * @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_REFUSED, FORMAT_BROKEN or FORMAT_UNKNOWN
   */
  static async open(folder: string, path: string, signal?: AbortSignal): Promise<FileReader> {
    const read: ParsedSpans = { spans: [], rejected: [] };
    const logs: NonNullable<ParsedSpans['logs']> = [];
    let partial = 0;
    let bytes = 0;
    for (const file of await filesIn(folder, path)) {
      signal?.throwIfAborted();
      bytes += (await stat(file)).size;
      if (bytes > MOST_BYTES)
        throw new SignalboxError('SOURCE_REFUSED', `The files of ${path} are larger than ${MOST_BYTES} bytes in all.`);
      const parsed = parseTraceFile(await readFile(file), relative(folder, file));
      if (!parsed.ok) throw new SignalboxError(parsed.error.code, parsed.error.hint);
      const { spans, rejected, logs: records = [], gaps = [] } = parsed.value;
      for (const span of spans) read.spans.push(span);
      for (const refused of rejected) read.rejected.push(refused);
      for (const record of records) logs.push(record);
      partial += gaps.length;
    }
    return new FileReader(joinLogRecords(read.spans, logs).spans, read.rejected.length, partial);
  }

  services(): Promise<string[]> {
    return Promise.resolve(['']);
  }

  search(service: string, from: number, to: number): Promise<TracePage> {
    const [start, end] = [BigInt(from) * NANOS_PER_MILLI, BigInt(to) * NANOS_PER_MILLI];
    const ids = new Set(
      this.spans
        .filter((span) => service === '' || span.serviceName === service)
        .filter(({ startUnixNano }) => startUnixNano >= start && startUnixNano < end)
        .map(({ traceId }) => traceId),
    );
    const spans = this.spans.filter(({ traceId }) => ids.has(traceId));
    return Promise.resolve({ spans, traces: ids.size, malformed: this.malformed, partial: this.partial });
  }

  trace(traceId: string): Promise<NormalSpan[] | null> {
    const spans = this.spans.filter((span) => span.traceId === traceId);
    return Promise.resolve(spans.length > 0 ? spans : null);
  }
}

async function filesIn(folder: string, path: string): Promise<string[]> {
  if (folder === '')
    throw new SignalboxError(
      'SOURCE_REFUSED',
      'FILE sources are off here.',
      'Have the operator set TRACE_FILES to a folder.',
    );
  try {
    const root = await realpath(folder);
    const target = await realpath(join(root, path));
    if (target === root || target.startsWith(root + sep)) {
      if (!(await stat(target)).isDirectory()) return [target];
      // Links in the folder are not files, so that none leads out of it.
      const entries = await readdir(target, { withFileTypes: true, recursive: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be read';
    throw new SignalboxError('SOURCE_UNREACHABLE', `${path} in the folder of trace files: ${reason}.`, undefined, {
      cause,
    });
  }
  throw new SignalboxError('SOURCE_REFUSED', `${path} leads out of the folder of trace files.`);
}
