import type { Check } from './check.js';
import * as settings from './settings.js';
import * as structure from './structure.js';

/** What spans and traces show, whatever they report. */
export const TRACE_CHECKS: readonly Check[] = [
  {
    code: 'NOTHING_READ',
    severity: 'SEVERE',
    question: 'Is there anything to read?',
    found: 'no span at all',
    unit: 'sources',
    look: structure.nothingRead,
    settings: {
      OTLP: 'Point an exporter at `/v1/traces` of ingest, with the header `x-signalbox-source` where there are several OTLP sources. What came is looked at for an hour.',
      FILE: 'Put trace files under `path` of the source, in the folder TRACE_FILES.',
      any: 'Widen `from` and `to`, and check `serviceName`, `filter` and `tenant` of the source.',
    },
  },
  {
    code: 'CALLS_NONE',
    severity: 'SEVERE',
    question: 'Do the spans report LLM calls?',
    found: 'spans, none of which is a call',
    unit: 'spans',
    look: structure.callsNone,
    settings: {
      any: 'Read the service that calls the models, and instrument it in one of the ways of docs/dialects.md.',
    },
  },
  {
    code: 'RECORDS_UNJOINED',
    severity: 'WARNING',
    question: 'Do content logs find their spans?',
    found: 'log records that name no span of the sample',
    unit: 'log records',
    look: structure.recordsUnjoined,
    settings: {
      XRAY: 'Name the group of spans first in `path`, and give a wider range.',
      any: 'Read the spans together with their log records: both files at once, both signals to one OTLP source.',
    },
  },
  {
    code: 'TRACE_PARTIAL',
    severity: 'SEVERE',
    question: 'Are traces whole?',
    found: 'traces that the backend says it gave in part',
    unit: 'traces',
    look: structure.tracePartial,
    settings: settings.PARTIAL,
  },
  {
    code: 'SPANS_UNREADABLE',
    severity: 'SEVERE',
    question: 'Can every span be read?',
    found: 'spans that are malformed, or LLM spans without start or end',
    unit: 'spans',
    look: structure.spansUnreadable,
    settings: {
      any: 'Look at them with `signalbox inspect FILE --summary`, which names the place of each; end spans before they are sent.',
    },
  },
  {
    code: 'SAMPLED',
    severity: 'WARNING',
    question: 'Is this all traffic?',
    found:
      'marks of sampling: `sampler.type` but `const`, `tailsampling.policy`, a sampling rule of X-Ray. Rare failures and rare candidates are the first to vanish',
    unit: 'traces',
    look: structure.sampled,
    settings: settings.SAMPLING,
  },
  {
    code: 'PARENTS_ABSENT',
    severity: 'WARNING',
    question: 'Are parents there?',
    found:
      'traces with calls in which a span names a parent that is absent: spans were sampled away or lie elsewhere, and decisions, sessions and users on them are lost',
    unit: 'traces',
    look: structure.parentsAbsent,
    settings: settings.PARENTS,
  },
  {
    code: 'CLOCK_SKEW',
    severity: 'WARNING',
    question: 'Do clocks agree?',
    found:
      'spans that start 5 ms or more before the span of another service or host that called them; splits by time and latencies suffer',
    unit: 'spans called by another process',
    look: structure.clockSkew,
    settings: settings.CLOCKS,
  },
  {
    code: 'TIME_AHEAD',
    severity: 'WARNING',
    question: 'Is nothing from the future?',
    found: 'spans that start a minute or more after now; schedules stop short of them',
    unit: 'spans',
    look: structure.timeAhead,
    settings: settings.CLOCKS,
  },
  {
    code: 'RECEIVED_LATE',
    severity: 'WARNING',
    question: 'Do spans come soon?',
    found:
      'of OTLP sources, traces that came an hour or more after they ended: a trace that comes in parts is then read in parts',
    unit: 'traces',
    look: structure.receivedLate,
    settings: {
      any: 'Collector: lower `sending_queue.queue_size` and `retry_on_failure.max_elapsed_time` of the exporter, or synchronise clocks.',
    },
  },
];
