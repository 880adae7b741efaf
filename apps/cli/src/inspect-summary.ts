import type { Extraction, Gap, JoinedSpans, TraceFile } from '@signalbox/spans';

export interface NamedFile {
  path: string;
  file: TraceFile;
}

/** A broken export can hold millions of malformed spans; the first few show what is wrong with it. */
const SHOWN = 10;

const GAP_TEXTS: Readonly<Record<Gap['reason'], string>> = {
  partial: 'PARTIAL, the backend left spans out',
  limit_exceeded: 'LimitExceeded, the backend left spans out',
  unprocessed: 'not processed by the backend, ask for it again',
  pending: 'not complete yet, ask for it again',
};

/** What could not be read of a file, a line each. */
export function describeRejections({ path, file: { rejected, unread = 0 } }: NamedFile): string {
  const line = ({ path: at, hint, reason }: TraceFile['rejected'][number]): string => {
    const what = reason === 'malformed_span' ? 'span' : 'log record';
    return `${path}: ${at}: ${hint}; this ${what} was left out`;
  };
  const left =
    unread === 0 ? '' : `${path}: ${unread} more were not looked at, since so many before them are malformed\n`;
  return firstOf(rejected, line, `${path}: `, 'malformed spans or log records were left out') + left;
}

/** What the backend left out of a file. */
export function describeGaps({ path, file: { gaps = [] } }: NamedFile): string {
  const line = ({ reason, traceId, message }: Gap): string => {
    const trace = traceId === null ? '' : `trace ${traceId}: `;
    return `${path}: ${trace}${GAP_TEXTS[reason]}${message === null ? '' : ` (${message})`}`;
  };
  return firstOf(gaps, line, `${path}: `, 'traces are not whole');
}

function firstOf<T>(items: readonly T[], line: (item: T) => string, prefix: string, rest: string): string {
  const hidden = items.length - SHOWN;
  const shown = items.slice(0, SHOWN).map((item) => `${line(item)}\n`);
  return shown.join('') + (hidden > 0 ? `${prefix}${hidden} more ${rest}\n` : '');
}

export function describeSummary(
  { calls, spansRead, spansMerged, duplicates, skipped, coverage }: Extraction,
  joined: JoinedSpans,
  read: readonly NamedFile[],
): string {
  const part = (label: string, count: number): string => {
    const share = coverage.calls === 0 ? '' : ` (${((100 * count) / coverage.calls).toFixed(0)} %)`;
    return `  ${label.padEnd(18)}${String(count).padStart(6)}${share}\n`;
  };
  const dialects = Object.entries(coverage.byDialect).map(([dialect, of]) => `${dialect} ${of}`);
  return [
    ...read.map(describeFile),
    `spans read ${spansRead}\n`,
    count('calls', calls.length),
    count('merged into them', spansMerged),
    count('duplicates', duplicates),
    ...Object.entries(skipped).map(([reason, of]) => count(`skipped ${reason}`, of)),
    ...describeLogs(joined, read),
    ...describeLosses(read),
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

function count(label: string, value: number): string {
  return `  ${label.padEnd(18)}${String(value).padStart(6)}\n`;
}

function describeFile({ path, file: { format, spans, logs, ignored = {} } }: NamedFile): string {
  const { inferred_segment: inferred = 0, log_line: lines = 0 } = ignored;
  const more = [
    ...(logs === undefined ? [] : [`${logs.length} log records`]),
    ...(inferred === 0 ? [] : [`${inferred} inferred segments passed over`]),
    ...(lines === 0 ? [] : [`${lines} other lines passed over`]),
  ];
  return `${path}: ${[format, `${spans.length} spans`, ...more].join(', ')}\n`;
}

/** Nothing where no file holds log records. */
function describeLogs({ joined, duplicates, withoutSpan }: JoinedSpans, read: readonly NamedFile[]): string[] {
  const records = read.reduce((sum, { file }) => sum + (file.logs?.length ?? 0), 0);
  const malformed = read.flatMap(({ file }) => file.rejected).filter(({ reason }) => reason === 'malformed_record');
  if (records + malformed.length === 0) return [];
  return [
    `log records read ${records + malformed.length}\n`,
    count('on a span', joined),
    count('without a span', withoutSpan.length),
    count('duplicates', duplicates),
    count('malformed', malformed.length),
  ];
}

/** What the backends say that they left out. */
function describeLosses(read: readonly NamedFile[]): string[] {
  const gaps = read.flatMap(({ file }) => file.gaps ?? []);
  if (gaps.length === 0) return [];
  const of = (reason: Gap['reason']): number => gaps.filter((gap) => gap.reason === reason).length;
  const labels = {
    partial: 'PARTIAL',
    limit_exceeded: 'LimitExceeded',
    unprocessed: 'unprocessed',
    pending: 'pending',
  };
  return [
    'not whole in these files\n',
    ...(['partial', 'limit_exceeded', 'unprocessed', 'pending'] as const)
      .filter((reason) => of(reason) > 0)
      .map((reason) => count(labels[reason], of(reason))),
  ];
}
