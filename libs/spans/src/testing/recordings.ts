import { existsSync, readFileSync } from 'node:fs';
import { extractCalls, type Extraction } from '../calls/extract-calls.js';
import { joinLogRecords, type LogRecord } from '../formats/log-records.js';
import { parseTraceFile } from '../formats/trace-file.js';
import type { NormalSpan } from '../normal-span.js';

// Recordings lie beside the project, not in it.
const folder = new URL('../../../../../shared/fixtures/traces/', import.meta.url);

export const hasRecordings = existsSync(folder);

/** Spans of recordings that belong together, with their log records among the events. */
export function readRecorded(...paths: string[]): NormalSpan[] {
  const spans: NormalSpan[] = [];
  const logs: LogRecord[] = [];
  for (const path of paths) {
    const file = parseTraceFile(readFileSync(new URL(path, folder)), path);
    if (!file.ok) throw new Error(file.error.hint);
    if (file.value.rejected.length > 0) throw new Error(`${path}: ${file.value.rejected[0]?.hint ?? ''}`);
    spans.push(...file.value.spans);
    logs.push(...(file.value.logs ?? []));
  }
  return joinLogRecords(spans, logs).spans;
}

export function extractRecorded(...paths: string[]): Extraction {
  return extractCalls(readRecorded(...paths));
}
