import type { ShownFinding } from './signalbox-api.js';

/** A diagnosis of files or of one source, as `--json` prints it. */
export interface Diagnosed {
  /** Names of the files, or of the source. */
  subject: string;
  /** Of a source. */
  kind: string | null;
  read: {
    traces: number;
    spans: number;
    calls: number;
    /** How far back a source was searched, and up to when. */
    reached: string | null;
    to: string | null;
    end: string;
  };
  findings: ShownFinding[];
  unasked: string[];
}

const ENDS: Readonly<Record<string, string>> = {
  SAMPLE_FULL: '; more was there',
  TIME_UP: '; cut by its limits before the range was read',
};

/** For a person, without colours: it is as often piped as read. */
export function describeDiagnosis({ subject, kind, read, findings, unasked }: Diagnosed): string {
  const { traces, spans, calls, reached, to, end } = read;
  const when = reached === null || to === null || kind === 'FILE' ? '' : `, ${reached} to ${to}`;
  return [
    `${subject}${kind === null ? '' : ` (${kind})`}: ${traces} traces, ${spans} spans, ${calls} calls${when}${ENDS[end] ?? ''}\n`,
    ...findings.map(describeFinding),
    ...(findings.length === 0 ? ['Nothing found.\n'] : []),
    ...(unasked.length === 0 ? [] : [`Could not be looked for here: ${unasked.join(', ')}.\n`]),
    '\n',
  ].join('');
}

function describeFinding({ code, severity, message, count, of, unit, settings, ...example }: ShownFinding): string {
  const { exampleTraceId: traceId, exampleSpanId: spanId } = example;
  const where =
    traceId === null ? [] : [`  For example trace ${traceId}${spanId === null ? '' : `, span ${spanId}`}.\n`];
  return [
    `\n${severity} ${code}: ${count} of ${of} ${unit}\n`,
    `  ${message}\n`,
    ...where,
    ...settings.map(({ where: of, change }) => `  Change${of === 'any' ? '' : ` (${of})`}: ${change}\n`),
  ].join('');
}
