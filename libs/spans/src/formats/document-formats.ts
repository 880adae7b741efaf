import { accept, type Result } from '@signalbox/contracts';
import { isObject, member } from '../json.js';
import { isCloudWatch, parseCloudWatch } from './cloudwatch.js';
import { isFlatSpans, parseFlatSpans } from './flat-spans.js';
import { isJaegerV1, parseJaegerV1 } from './jaeger-v1.js';
import { isLangfuseExport, parseLangfuseExport } from './langfuse-export.js';
import { isLitellmPayload, parseLitellmPayload } from './litellm-payload.js';
import { isOtlpLogs } from './otlp-logs.js';
import { isJaegerV3, isOtlp, parseJaegerV3, parseOtlp } from './otlp.js';
import type { ParsedSpans } from './span-reading.js';
import { isTempoSearch, isTempoTrace, parseTempoTrace } from './tempo.js';
import { isXray, isXraySummaries, parseXray } from './xray.js';

export type TraceFormat =
  | 'otlp-json'
  | 'otlp-protobuf'
  | 'jaeger-v3'
  | 'jaeger-v1'
  | 'jaeger-trace-summaries'
  | 'tempo'
  | 'tempo-search'
  | 'xray'
  | 'xray-trace-summaries'
  | 'cloudwatch'
  | 'litellm-payload'
  | 'langfuse'
  | 'flat-spans';

interface DocumentFormat {
  format: TraceFormat;
  /** As a person knows it, for the message that names the formats that were tried. */
  title: string;
  matches: (json: unknown) => boolean;
  parse: (json: unknown) => Result<ParsedSpans>;
}

/** A backend's list of traces names them and holds no spans. */
const listing = (): Result<ParsedSpans> => accept({ spans: [], rejected: [] });

/** The formats of JSON. Tried in this order; the first that matches reads the document. */
export const DOCUMENT_FORMATS: readonly DocumentFormat[] = [
  {
    format: 'otlp-json',
    title: 'OTLP/JSON',
    matches: (json) => isOtlp(json) || isOtlpLogs(json),
    parse: parseOtlp,
  },
  { format: 'jaeger-v3', title: 'Jaeger API v3', matches: isJaegerV3, parse: parseJaegerV3 },
  { format: 'jaeger-v1', title: 'Jaeger API v1 or UI export', matches: isJaegerV1, parse: parseJaegerV1 },
  {
    format: 'jaeger-trace-summaries',
    title: 'Jaeger trace summaries',
    matches: (json) => isObject(json) && Array.isArray(member(json, 'summaries')),
    parse: listing,
  },
  { format: 'tempo', title: 'Tempo trace', matches: isTempoTrace, parse: parseTempoTrace },
  { format: 'tempo-search', title: 'Tempo search', matches: isTempoSearch, parse: listing },
  { format: 'xray', title: 'X-Ray traces or segments', matches: isXray, parse: parseXray },
  { format: 'xray-trace-summaries', title: 'X-Ray trace summaries', matches: isXraySummaries, parse: listing },
  { format: 'litellm-payload', title: 'LiteLLM payload', matches: isLitellmPayload, parse: parseLitellmPayload },
  { format: 'langfuse', title: 'Langfuse export', matches: isLangfuseExport, parse: parseLangfuseExport },
  { format: 'flat-spans', title: 'flat span dictionaries', matches: isFlatSpans, parse: parseFlatSpans },
  { format: 'cloudwatch', title: 'CloudWatch log lines', matches: isCloudWatch, parse: parseCloudWatch },
];
