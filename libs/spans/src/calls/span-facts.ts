import { DIALECT_KEYS, FIELD_KEYS, FIRST_TOKEN_KEYS, type FieldName } from '../dialects/field-keys.js';
import type { NormalSpan } from '../normal-span.js';
import { toStructure, type AttributeReader } from './attribute-reader.js';
import { readStatus, type StatusFacts } from './call-status.js';
import { dialectOf } from './classify.js';
import { readInput, readOutput, type InputContent, type OutputContent } from './content.js';
import { readDecision, type DecisionFacts } from './decision-attributes.js';

/** Everything that one span tells about the call it reports; null where it says nothing. */
export interface SpanFacts {
  span: NormalSpan;
  dialect: string;
  input: InputContent;
  output: OutputContent;
  requestModel: string | null;
  responseModel: string | null;
  provider: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  totalTokens: number | null;
  cachedInputTokens: number | null;
  reasoningTokens: number | null;
  costUsd: number | null;
  sessionId: string | null;
  userId: string | null;
  requestId: string | null;
  finishReason: string | null;
  timeToFirstTokenSeconds: number | null;
  status: StatusFacts;
  decision: DecisionFacts;
}

export function readSpanFacts(span: NormalSpan, reader: AttributeReader): SpanFacts {
  const dialect = dialectOf(span, reader);
  const sources = (field: FieldName): readonly string[] => [
    ...FIELD_KEYS[field],
    ...(DIALECT_KEYS[dialect]?.[field] ?? []),
  ];
  const text = (field: FieldName): string | null => reader.first(sources(field), (key) => reader.text(key));
  const count = (field: FieldName): number | null => reader.first(sources(field), (key) => reader.count(key));
  const amount = (field: FieldName): number | null => reader.first(sources(field), (key) => reader.amount(key));

  const input = readInput(reader);
  const output = readOutput(reader);
  const finishReason = reader.first(sources('finishReason'), (key) => readFinishReason(reader, key));
  const inputTokens = count('inputTokens');
  const cachedInputTokens = count('cachedInputTokens');
  const allInput = withCached(inputTokens, cachedInputTokens, count('cacheWriteTokens'));
  const outputTokens = count('outputTokens');
  return {
    span,
    dialect,
    input,
    output,
    requestModel: text('requestModel'),
    responseModel: text('responseModel'),
    provider: text('provider'),
    inputTokens: allInput,
    outputTokens,
    totalTokens: count('totalTokens') ?? sum(allInput, outputTokens),
    cachedInputTokens,
    reasoningTokens: count('reasoningTokens'),
    costUsd: amount('costUsd') ?? sum(amount('inputCostUsd'), amount('outputCostUsd')),
    sessionId: text('sessionId'),
    userId: text('userId'),
    requestId: text('requestId'),
    finishReason: finishReason ?? output.finishReason,
    timeToFirstTokenSeconds: readFirstToken(reader, secondsOf(span)),
    status: readStatus(span, reader, { refused: output.refused, finishReason: finishReason ?? output.finishReason }),
    decision: readDecision(reader),
  };
}

/** Duration in seconds, to the microsecond, below which clocks of spans tell nothing. */
export function secondsOf(span: NormalSpan): number {
  return Math.round(Number(span.endUnixNano - span.startUnixNano) / 1000) / 1e6;
}

/**
 * Input includes what was read from the cache, by OpenTelemetry's convention. An emitter that reports more cached
 * than input tokens left them out (Anthropic's own count does), so there they are added, once.
 */
function withCached(input: number | null, read: number | null, written: number | null): number | null {
  return input !== null && read !== null && read > input ? input + read + (written ?? 0) : input;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** A reason comes as text, as an array or as JSON of one; several choices give the first. */
function readFinishReason(reader: AttributeReader, key: string): string | undefined {
  const value = reader.value(key);
  const structure = toStructure(value);
  const choices: unknown[] = Array.isArray(structure) ? structure : [value];
  const [first] = choices;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

function readFirstToken(reader: AttributeReader, totalSeconds: number): number | null {
  for (const { key, seconds } of FIRST_TOKEN_KEYS) {
    const value = reader.amount(key);
    if (value === undefined) continue;
    // Strands writes milliseconds under a name that OpenTelemetry defines in seconds; only one of the two can fit.
    const fitting = [value * seconds, value * seconds * 0.001].find((time) => time <= totalSeconds);
    if (fitting !== undefined) return fitting;
  }
  return null;
}
