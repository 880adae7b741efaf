import { SignalboxError } from '@signalbox/contracts';
import { joinLogRecords, parseTraceFile, type JoinedSpans } from '@signalbox/spans';
import { readBytes, userPath } from './files.js';
import type { NamedFile } from './inspect-summary.js';

export async function readTraceFiles(
  paths: readonly string[],
  initCwd: string | undefined,
): Promise<{ read: NamedFile[]; failures: SignalboxError[] }> {
  const read: NamedFile[] = [];
  const failures: SignalboxError[] = [];
  for (const path of paths) {
    try {
      const parsed = parseTraceFile(await readBytes(userPath(path, initCwd)), path);
      if (parsed.ok) read.push({ path, file: parsed.value });
      else failures.push(new SignalboxError(parsed.error.code, parsed.error.hint));
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      failures.push(error);
    }
  }
  return { read, failures };
}

/** Spans of all files, with the log records of all files on them. */
export function joined(read: readonly NamedFile[]): JoinedSpans {
  return joinLogRecords(
    read.flatMap(({ file }) => file.spans),
    read.flatMap(({ file }) => file.logs ?? []),
  );
}

/** Spans that were refused, or not looked at after too many of these. */
export function malformedIn(read: readonly NamedFile[]): number {
  const refused = read.flatMap(({ file }) => file.rejected).filter(({ reason }) => reason === 'malformed_span');
  return read.reduce((sum, { file }) => sum + (file.unread ?? 0), refused.length);
}
