import type { ExtractedCall } from '@signalbox/contracts';
import type { CopyRow, CopyValue } from '@signalbox/database';
import { redactCall, type RedactionLevelName } from '@signalbox/spans';
import { estimateCost, type CandidateBook } from '../models/candidate-book.js';

const MAX_INTEGER = 2_147_483_647;
const NANOS_PER_MICRO = 1_000n;
const MICROS_PER_SECOND = 1_000_000n;

export interface RowContext {
  sourceId: string;
  book: CandidateBook;
  redaction: RedactionLevelName;
}

interface CallContext extends RowContext {
  redactions: number;
}

/** How each column of `ingest.llm_call` is written; a column is named once, beside its value. */
const COLUMNS: readonly (readonly [string, (call: ExtractedCall, context: CallContext) => CopyValue])[] = [
  ['id', (call) => call.id],
  ['trace_id', (call) => call.traceId],
  ['span_id', (call) => call.spanId],
  ['source_id', (_call, { sourceId }) => sourceId],
  ['dialect', (call) => call.dialect],
  ['service_name', (call) => text(call.serviceName)],
  ['started_at', (call) => timestamp(call.startedAtUnixNano)],
  ['response_time_seconds', (call) => call.responseTimeSeconds],
  ['time_to_first_token_seconds', (call) => call.timeToFirstTokenSeconds],
  ['query', (call) => text(call.query)],
  ['messages', (call) => json(call.messages)],
  ['response', (call) => text(call.response)],
  ['tool_calls', (call) => json(call.toolCalls)],
  ['request_model', (call) => text(call.requestModel)],
  ['response_model', (call) => text(call.responseModel)],
  ['model_name', (call, { book }) => text(book.resolve(call.requestModel, call.responseModel).modelName)],
  ['provider', (call) => text(call.provider)],
  ['input_tokens', (call) => integer(call.inputTokens)],
  ['output_tokens', (call) => integer(call.outputTokens)],
  ['total_tokens', (call) => integer(call.totalTokens)],
  ['cached_input_tokens', (call) => integer(call.cachedInputTokens)],
  ['reasoning_tokens', (call) => integer(call.reasoningTokens)],
  ['cost_usd', (call, { book }) => call.costUsd ?? estimatedCost(call, book)],
  ['cost_estimated', (call, { book }) => call.costUsd === null && estimatedCost(call, book) !== null],
  ['session_id', (call) => text(call.sessionId)],
  ['user_id', (call) => text(call.userId)],
  ['request_id', (call) => text(call.requestId)],
  ['status', (call) => call.status],
  ['error_type', (call) => text(call.errorType)],
  ['finish_reason', (call) => text(call.finishReason)],
  ['decision_id', (call) => text(call.decisionId)],
  ['chosen_candidate', (call) => text(call.chosenCandidate)],
  ['propensity', (call) => call.propensity],
  ['probabilities', (call) => json(call.probabilities)],
  ['available', (call) => json(call.available)],
  ['router_version', (call) => text(call.routerVersion)],
  ['has_tools', hasTools],
  ['truncated', (call) => call.truncated],
  ['redactions', (_call, { redactions }) => redactions],
];

export const CALL_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

/** Columns that a reading of half a trace may leave empty, and a later one fills. Those of the cost go together; see call-writer. */
export const FILLABLE_COLUMNS: readonly string[] = [
  ...['service_name', 'time_to_first_token_seconds', 'query', 'messages', 'response', 'tool_calls', 'request_model'],
  ...['response_model', 'provider', 'input_tokens', 'output_tokens', 'total_tokens', 'cached_input_tokens'],
  ...['reasoning_tokens', 'session_id', 'user_id', 'request_id', 'error_type', 'finish_reason', 'decision_id'],
  ...['chosen_candidate', 'propensity', 'probabilities', 'available', 'router_version'],
];

/** The row of a call whose texts are redacted first: nothing that was taken out is ever sent to the database. */
export function callRow(call: ExtractedCall, context: RowContext): CopyRow {
  const { value, redactions } = redactCall(call, context.redaction);
  return COLUMNS.map(([, valueOf]) => valueOf(value, { ...context, redactions }));
}

/** First day of the month (UTC) that a call is stored under, as `YYYY-MM-01`. */
export function monthOf(call: ExtractedCall): string {
  return `${timestamp(call.startedAtUnixNano).slice(0, 7)}-01`;
}

function estimatedCost(call: ExtractedCall, book: CandidateBook): number | null {
  const { candidate } = book.resolve(call.requestModel, call.responseModel);
  const tokens = {
    inputTokens: integer(call.inputTokens),
    outputTokens: integer(call.outputTokens),
    cachedInputTokens: integer(call.cachedInputTokens),
  };
  return candidate && estimateCost(tokens, candidate);
}

/** A conversation that used tools cannot be asked again of another model. */
function hasTools({ toolCalls, messages }: ExtractedCall): boolean {
  return (
    (toolCalls?.length ?? 0) > 0 ||
    (messages ?? []).some((message) => message.role === 'tool' || (message.toolCalls?.length ?? 0) > 0)
  );
}

/** PostgreSQL keeps microseconds; the nanoseconds below them are cut. */
function timestamp(unixNano: string): string {
  const micros = BigInt(unixNano) / NANOS_PER_MICRO;
  const second = new Date(Number(micros / MICROS_PER_SECOND) * 1000).toISOString().slice(0, 19);
  return `${second}.${String(micros % MICROS_PER_SECOND).padStart(6, '0')}Z`;
}

/** A count beyond 32 bits is no count of tokens. */
const integer = (value: number | null): number | null => (value !== null && value <= MAX_INTEGER ? value : null);

/** PostgreSQL holds neither NUL nor half a surrogate pair; a replacement character shows that something stood there. */
export const storedText = (value: string): string => value.replace(/\0|\p{Surrogate}/gu, '\uFFFD');

const text = (value: string | null): string | null => value && storedText(value);

function json(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  // A whole pair is written as itself, so that an escaped surrogate is always half of one.
  return JSON.stringify(value).replace(/\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|.)/g, (escape) =>
    /^\\u(?:0000|d)/.test(escape) ? '\\ufffd' : escape,
  );
}
