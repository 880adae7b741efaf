import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { diagnose, extractCalls } from '@signalbox/spans';
import { z } from 'zod';
import { describeDiagnosis, type Diagnosed } from './doctor-report.js';
import { describeFailure } from './failures.js';
import { userPath } from './files.js';
import { SignalboxApi, type DiagnosisOptions, type NamedSource } from './signalbox-api.js';
import { joined, malformedIn, readTraceFiles } from './trace-files.js';

export interface DoctorSettings {
  /** Where the user typed the command, which paths are relative to. */
  initCwd: string | undefined;
  /** Address of the GraphQL API when none is given. */
  url: string;
  clock?: () => Date;
  stdout?: Writable;
  stderr?: Writable;
  exit?: (code: number) => void;
}

/** What `signalbox doctor` ends with. */
export const DOCTOR_EXIT = { healthy: 0, severe: 1, failed: 2 } as const;

const NANOS_PER_MILLI = 1_000_000n;

interface DoctorOptions extends DiagnosisOptions {
  url: string;
  json?: boolean;
}

/** `signalbox doctor SOURCE...`: what in the traces of files, or of sources by name or id, will hurt, and what to change. */
export function doctorCommand({
  initCwd,
  url,
  clock = () => new Date(),
  stdout = process.stdout,
  stderr = process.stderr,
  exit = (code) => (process.exitCode = code),
}: DoctorSettings): Command {
  return new Command('doctor')
    .description('Says what in some traces will hurt what is learned from them, and which setting to change.')
    .argument('<sources...>', 'names or ids of trace sources, or trace files, which are read together')
    .option('--url <url>', 'GraphQL API of a running Signalbox, for sources', url)
    .option('--from <time>', 'of sources: earliest moment, a day before --to when absent', moment)
    .option('--to <time>', 'of sources: first moment that is not read, now when absent', moment)
    .option('--sample <traces>', 'of sources: traces to read, 1 to 1,000; 200 when absent', whole)
    .option('--json', 'print one JSON object a line')
    .action(async (names: string[], { url: given, json = false, ...options }: DoctorOptions) => {
      const { files, others } = await sorted(names, initCwd);
      const failures: SignalboxError[] = [];
      const done: Diagnosed[] = [];
      if (files.length > 0) {
        const ofFiles = await diagnoseFiles(files, initCwd, clock());
        failures.push(...ofFiles.failures);
        if (ofFiles.diagnosed !== null) done.push(ofFiles.diagnosed);
      }
      const ofSources = await diagnoseSources(others, new SignalboxApi(given), options);
      done.push(...ofSources.done);
      failures.push(...ofSources.failures);
      for (const each of done) stdout.write(json ? `${JSON.stringify(each)}\n` : describeDiagnosis(each));
      for (const failure of failures) stderr.write(describeFailure(failure));
      const severe = done.some(({ findings }) => findings.some(({ severity }) => severity === 'SEVERE'));
      exit(failures.length > 0 ? DOCTOR_EXIT.failed : severe ? DOCTOR_EXIT.severe : DOCTOR_EXIT.healthy);
    });
}

/** What is a file here is read as one; anything else that looks like a path was meant to be. */
async function sorted(names: readonly string[], initCwd: string | undefined) {
  const files: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    const isFile = await stat(userPath(name, initCwd)).then(
      (found) => found.isFile(),
      () => false,
    );
    (isFile || /[\\/]|\.(?:json|jsonl|gz|pb)$/.test(name) ? files : others).push(name);
  }
  return { files, others };
}

async function diagnoseFiles(paths: readonly string[], initCwd: string | undefined, now: Date) {
  const { read, failures } = await readTraceFiles(paths, initCwd);
  if (read.length === 0) return { diagnosed: null, failures };
  const { spans, withoutSpan } = joined(read);
  const extraction = extractCalls(spans, { malformed: malformedIn(read) });
  const { findings, unasked } = diagnose({
    ...{ spans, extraction, backend: null, models: null, receivedAt: null },
    partialTraces: read.reduce((sum, { file }) => sum + (file.gaps?.length ?? 0), 0),
    records: {
      read: read.reduce((sum, { file }) => sum + (file.logs?.length ?? 0), 0),
      withoutSpan: withoutSpan.length,
    },
    now: BigInt(now.getTime()) * NANOS_PER_MILLI,
  });
  const diagnosed: Diagnosed = {
    subject: read.map(({ path }) => path).join(', '),
    kind: null,
    read: {
      traces: new Set(spans.map(({ traceId }) => traceId)).size,
      spans: extraction.spansRead,
      calls: extraction.calls.length,
      reached: null,
      to: null,
      end: 'RANGE_READ',
    },
    findings: findings.map(({ example, ...finding }) => ({
      ...finding,
      exampleTraceId: example?.traceId ?? null,
      exampleSpanId: example?.spanId ?? null,
    })),
    unasked,
  };
  return { diagnosed, failures };
}

async function diagnoseSources(names: readonly string[], api: SignalboxApi, options: DiagnosisOptions) {
  const done: Diagnosed[] = [];
  const failures: SignalboxError[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      failures.push(error);
      return null;
    }
  };
  const known = names.length === 0 ? null : await attempt(() => api.sources());
  for (const name of known === null ? [] : names) {
    const diagnosed = await attempt(async () => diagnosedSource(sourceCalled(name, known ?? []), api, options));
    if (diagnosed !== null) done.push(diagnosed);
  }
  return { done, failures };
}

async function diagnosedSource(
  { id, name, kind }: NamedSource,
  api: SignalboxApi,
  options: DiagnosisOptions,
): Promise<Diagnosed> {
  const { read, findings, unasked } = await api.diagnose(id, options);
  const { traces, spans, coverage, reached, to, end } = read;
  return { subject: name, kind, read: { traces, spans, calls: coverage.calls, reached, to, end }, findings, unasked };
}

function sourceCalled(name: string, known: readonly NamedSource[]): NamedSource {
  const source = known.find(({ id }) => id === name) ?? known.find((each) => each.name === name);
  if (source) return source;
  const names = known.map((each) => each.name).join(', ');
  const there = names === '' ? 'There is no source at all.' : `There are ${names}.`;
  throw new SignalboxError('NOT_FOUND', `There is no file and no trace source ${name}. ${there}`);
}

const isMoment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function moment(text: string): string {
  if (!isMoment.safeParse(text).success)
    throw new InvalidArgumentError('Expected a time such as 2026-03-01T00:00:00Z.');
  return new Date(text).toISOString();
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
