import { readFileSync } from 'node:fs';
import type { Result } from '@signalbox/contracts';
import { parseTraceFile, type TraceFile } from '../formats/trace-file.js';

const folder = new URL('../fixtures/', import.meta.url);

export function fixtureText(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

export function fixture(name: string): TraceFile {
  return valueOf(parseTraceFile(readFileSync(new URL(name, folder)), name));
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.hint}`);
  return result.value;
}
