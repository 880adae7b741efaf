import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { SignalboxError, type ExtractedCall } from '@signalbox/contracts';
import { extractCalls, parseTraceFile, type Extraction, type TraceFile } from '@signalbox/spans';
import { describeFailure, systemCode } from './failures.js';
import { readText, userPath } from './files.js';

export interface InspectSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  stdout?: Writable;
  stderr?: Writable;
}

const NANOS_PER_MILLI = 1_000_000n;
/** A broken export can hold millions of malformed spans; the first few show what is wrong with it. */
const REJECTIONS_SHOWN = 10;

/** `signalbox inspect FILE...`: the LLM calls in trace files, one JSON object a line. */
export function inspectCommand({
  initCwd,
  stdout = process.stdout,
  stderr = process.stderr,
}: InspectSettings): Command {
  return new Command('inspect')
    .description('Prints the LLM calls found in Jaeger or OTLP files, one JSON object a line. Files are read together.')
    .argument('<files...>', 'trace files, relative to where you are')
    .option('--summary', 'print coverage, and why other spans were skipped, on standard error')
    .action(async (files: string[], options: { summary?: boolean }) => {
      const { read, failures } = await readFiles(files, initCwd);
      const malformed = read.reduce((sum, { file }) => sum + file.rejected.length, 0);
      const extraction = extractCalls(
        read.flatMap(({ file }) => file.spans),
        { malformed },
      );
      await writeLines(extraction.calls, stdout);
      for (const { path, file } of read) stderr.write(describeRejections(path, file));
      if (options.summary === true && read.length > 0) stderr.write(describe(extraction, read));
      // Every file that could be read has been reported by now, so one bad file among many costs only its own calls.
      const last = failures.pop();
      for (const failure of failures) stderr.write(describeFailure(failure));
      if (last !== undefined) throw last;
    });
}

interface NamedFile {
  path: string;
  file: TraceFile;
}

async function readFiles(
  paths: readonly string[],
  initCwd: string | undefined,
): Promise<{ read: NamedFile[]; failures: SignalboxError[] }> {
  const read: NamedFile[] = [];
  const failures: SignalboxError[] = [];
  for (const path of paths) {
    try {
      const parsed = parseTraceFile(await readText(userPath(path, initCwd)), path);
      if (parsed.ok) read.push({ path, file: parsed.value });
      else failures.push(new SignalboxError(parsed.error.code, parsed.error.hint));
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      failures.push(error);
    }
  }
  return { read, failures };
}

async function writeLines(calls: readonly ExtractedCall[], stdout: Writable): Promise<void> {
  try {
    await pipeline(Readable.from(linesOf(calls)), stdout, { end: false });
  } catch (error) {
    // `| head` closes the pipe once it has enough, which is no failure.
    if (systemCode(error) !== 'EPIPE') throw error;
  }
}

function* linesOf(calls: readonly ExtractedCall[]): Generator<string> {
  for (const call of calls) yield `${JSON.stringify(shown(call))}\n`;
}

/** The fields of the GraphQL type `LlmCall` that need no service, and no others. */
function shown({ serviceName, startedAtUnixNano, available, ...call }: ExtractedCall): object {
  return {
    ...call,
    startedAt: new Date(Number(BigInt(startedAtUnixNano) / NANOS_PER_MILLI)).toISOString(),
    // Offline there are no candidates whose alias could match, so the model that answered names itself; nor have they prices.
    modelName: call.responseModel ?? call.requestModel,
    costEstimated: false,
    // A file is shown as it is.
    redactions: 0,
  };
}

function describeRejections(path: string, { rejected }: TraceFile): string {
  const lines = rejected
    .slice(0, REJECTIONS_SHOWN)
    .map((refused) => `${path}: ${refused.path}: ${refused.hint}; this span was left out\n`);
  const hidden = rejected.length - lines.length;
  return lines.join('') + (hidden > 0 ? `${path}: ${hidden} more malformed spans were left out\n` : '');
}

function describe(
  { calls, spansRead, spansMerged, duplicates, skipped, coverage }: Extraction,
  read: NamedFile[],
): string {
  const part = (label: string, count: number): string => {
    const share = coverage.calls === 0 ? '' : ` (${((100 * count) / coverage.calls).toFixed(0)} %)`;
    return `  ${label.padEnd(18)}${String(count).padStart(6)}${share}\n`;
  };
  const count = (label: string, value: number): string => `  ${label.padEnd(18)}${String(value).padStart(6)}\n`;
  const dialects = Object.entries(coverage.byDialect).map(([dialect, of]) => `${dialect} ${of}`);
  return [
    ...read.map(({ path, file }) => `${path}: ${file.format}, ${file.spans.length} spans\n`),
    `spans read ${spansRead}\n`,
    count('calls', calls.length),
    count('merged into them', spansMerged),
    count('duplicates', duplicates),
    ...Object.entries(skipped).map(([reason, of]) => count(`skipped ${reason}`, of)),
    `calls by dialect: ${dialects.length === 0 ? 'none' : dialects.join(', ')}\n`,
    part('with query', coverage.withQuery),
    part('with response', coverage.withResponse),
    part('with model', coverage.withModel),
    part('with tokens', coverage.withTokens),
    part('with cost', coverage.withCost),
    part('with propensity', coverage.withPropensity),
    part('truncated', coverage.truncated),
  ].join('');
}
