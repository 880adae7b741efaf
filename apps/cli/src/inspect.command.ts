import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { ExtractedCall } from '@signalbox/contracts';
import { extractCalls } from '@signalbox/spans';
import { describeFailure, systemCode } from './failures.js';
import { describeGaps, describeRejections, describeSummary } from './inspect-summary.js';
import { joined as joinFiles, malformedIn, readTraceFiles } from './trace-files.js';

export interface InspectSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  stdout?: Writable;
  stderr?: Writable;
}

const NANOS_PER_MILLI = 1_000_000n;

/** `signalbox inspect FILE...`: the LLM calls in trace files, one JSON object a line, with the content that is in log files. */
export function inspectCommand({
  initCwd,
  stdout = process.stdout,
  stderr = process.stderr,
}: InspectSettings): Command {
  return new Command('inspect')
    .description('Prints the LLM calls found in trace files, one JSON object a line. Files are read together.')
    .argument('<files...>', 'files of traces and of their content logs, relative to where you are')
    .option('--summary', 'print coverage, and why other spans were skipped, on standard error')
    .action(async (files: string[], options: { summary?: boolean }) => {
      const { read, failures } = await readTraceFiles(files, initCwd);
      const joined = joinFiles(read);
      const extraction = extractCalls(joined.spans, { malformed: malformedIn(read) });
      await writeLines(extraction.calls, stdout);
      for (const file of read) stderr.write(describeRejections(file) + describeGaps(file));
      if (options.summary === true && read.length > 0) stderr.write(describeSummary(extraction, joined, read));
      // Every file that could be read has been reported by now, so one bad file among many costs only its own calls.
      const last = failures.pop();
      for (const failure of failures) stderr.write(describeFailure(failure));
      if (last !== undefined) throw last;
    });
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
