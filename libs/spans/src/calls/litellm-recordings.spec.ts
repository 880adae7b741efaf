import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ChatMessage, ExtractedCall, ToolCall } from '@signalbox/contracts';
import { parseTraceFile } from '../formats/trace-file.js';
import {
  FACTS,
  PAYLOAD_DIALECT,
  RECORDED_LOGS,
  RECORDED_PAYLOADS,
  RECORDINGS,
  type Facts,
} from '../testing/litellm-recordings.js';
import { joinLogRecords } from '../formats/log-records.js';
import type { NormalSpan } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';

// Made by tools/record-litellm: what releases of LiteLLM exported of calls whose every word and token is in scenarios.json.
const FOLDER = new URL('../fixtures/litellm/', import.meta.url);

interface Scenario {
  name: string;
  model: string;
  messages: SentMessage[];
  options?: { user?: string; metadata?: { session_id?: string } };
  reply: {
    model?: string;
    content?: string | null;
    toolCalls?: ToolCall[];
    finishReason?: string;
    usage?: Usage;
    httpStatus?: number;
    hangs?: boolean;
  };
  status: ExtractedCall['status'] | 'NO_CALL';
}

interface SentMessage {
  role: string;
  content: string | { type: string; text?: string }[] | null;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens: number };
  completion_tokens_details?: { reasoning_tokens: number };
  cache_creation_tokens?: number;
}

interface Manifest {
  scenarios: string[];
  spans: number;
  recordedOn: string;
}

/** Dollars for a million tokens: input, input from the cache, input put into the cache, output. */
const PRICES: Record<string, [number, number, number, number]> = {
  'gpt-4o-mini': [0.15, 0.075, 0.15, 0.6],
  'claude-sonnet-4-5': [3, 0.3, 3.75, 15],
};
const DAY_MS = 86_400_000;
const ERRORS: Record<string, string> = { ERROR: 'RateLimitError', TIMEOUT: 'Timeout' };

function textOfFile(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8');
}

const listed: Scenario[] = JSON.parse(textOfFile('scenarios.json'));
const scenarios = new Map(listed.map((scenario) => [scenario.name, scenario]));
const manifest: Record<string, Manifest> = JSON.parse(textOfFile('manifest.json'));

function textOf(content: SentMessage['content']): string | null {
  if (content === null || typeof content === 'string') return content;
  return content.flatMap(({ text }) => text ?? []).join('\n');
}

function sent({ role, content, tool_calls: calls, tool_call_id: id }: SentMessage): ChatMessage {
  return {
    role,
    content: textOf(content),
    ...(calls && { toolCalls: calls.map(({ id, function: called }) => ({ id, ...called })) }),
    ...(id !== undefined && { toolCallId: id }),
  };
}

function costOf(model: string, usage: Usage): number {
  const [input, cached, written, output] = PRICES[model] ?? [NaN, NaN, NaN, NaN];
  const fromCache = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const toCache = usage.cache_creation_tokens ?? 0;
  const plain = usage.prompt_tokens - fromCache - toCache;
  return (plain * input + fromCache * cached + toCache * written + usage.completion_tokens * output) / 1e6;
}

/** The call as it was made. */
function made({ model: full, messages, options, reply, status }: Scenario): Omit<Facts, 'dialect'> {
  const [provider = null, model = ''] = full.split('/');
  const isAnswered = reply.httpStatus === undefined && reply.hangs !== true;
  // LiteLLM's own mock counts so, whatever was said.
  const usage = reply.usage ?? { prompt_tokens: 10, completion_tokens: 20 };
  return {
    query: textOf(messages.findLast(({ role }) => role === 'user')?.content ?? null),
    messages: messages.map(sent),
    response: reply.content === undefined || reply.content === '' ? null : reply.content,
    toolCalls: reply.toolCalls ?? null,
    requestModel: model,
    responseModel: isAnswered ? (reply.model ?? 'gpt-4o-mini-2024-07-18') : null,
    provider,
    inputTokens: isAnswered ? usage.prompt_tokens : null,
    outputTokens: isAnswered ? usage.completion_tokens : null,
    totalTokens: isAnswered ? usage.prompt_tokens + usage.completion_tokens : null,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? null,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? null,
    costUsd: isAnswered ? (status === 'CACHED' ? 0 : costOf(model, usage)) : null,
    sessionId: options?.metadata?.session_id ?? null,
    userId: options?.user ?? null,
    status: status === 'NO_CALL' ? 'OK' : status,
    errorType: ERRORS[status] ?? null,
    finishReason: isAnswered ? (reply.finishReason ?? 'stop') : null,
    truncated: false,
  };
}

/** Sums of prices differ in their last digits, and no reasoning is sometimes said to be none. */
function comparable<T extends Pick<Facts, 'costUsd' | 'cachedInputTokens' | 'reasoningTokens'>>(call: T): T {
  return {
    ...call,
    costUsd: call.costUsd === null ? null : Number(call.costUsd.toPrecision(12)),
    cachedInputTokens: call.cachedInputTokens === 0 ? null : call.cachedInputTokens,
    reasoningTokens: call.reasoningTokens === 0 ? null : call.reasoningTokens,
  };
}

function byText<T>(calls: T[]): T[] {
  return calls.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function parse(file: string) {
  const parsed = parseTraceFile(textOfFile(file), file);
  if (!parsed.ok) throw new Error(parsed.error.hint);
  expect(parsed.value.rejected).toEqual([]);
  return parsed.value;
}

function calledIn(names: readonly string[]): Scenario[] {
  return names.flatMap((name) => scenarios.get(name) ?? []).filter(({ status }) => status !== 'NO_CALL');
}

function told(calls: readonly ExtractedCall[]) {
  return calls.map((call) => Object.fromEntries(FACTS.map((fact) => [fact, comparable(call)[fact]])));
}

describe('LiteLLM as it was recorded', () => {
  it('is expected of every recording', () => {
    const recorded = readdirSync(FOLDER).filter((file) => /(?<!\.logs)\.otlp\.json$/.test(file));
    expect(recorded.map((file) => file.replace('.otlp.json', '')).sort()).toEqual(Object.keys(manifest).sort());
    expect(Object.keys(RECORDINGS)).toEqual(Object.keys(manifest));
  });

  it.each(Object.entries(RECORDINGS))('%s: each call once, as it was made', (name, { scope, ...recorded }) => {
    const { dialect, silent = [], twice = [], every = {}, some = {}, timesInSeconds, skipped } = recorded;
    const { spans } = parse(`${name}.otlp.json`);
    expect(spans).toHaveLength(manifest[name]?.spans ?? NaN);
    const { calls, ...rest } = extractCalls(
      spans.filter(({ scopeName }) => scope === undefined || scopeName === scope),
    );
    const expected = calledIn(manifest[name]?.scenarios ?? [])
      .filter(({ name: scenario }) => !silent.includes(scenario))
      .flatMap((call) => (twice.includes(call.name) ? [call, call] : call))
      .map((call) => comparable({ dialect, ...made(call), ...every, ...some[call.name] }));
    // Within a second any order is right.
    const ordered = timesInSeconds ? byText : <T>(list: T[]): T[] => list;
    expect(ordered(told(calls))).toEqual(ordered(expected));
    expect(rest.skipped).toEqual(skipped);
    const day = Date.parse(manifest[name]?.recordedOn ?? '');
    for (const { startedAtUnixNano } of calls) {
      expect(Math.abs(Number(BigInt(startedAtUnixNano) / 1_000_000n) - day)).toBeLessThan(2 * DAY_MS);
    }
  });

  it.each(Object.entries(RECORDED_LOGS))(
    '%s: what was said, out of the log records alone',
    (name, { records, without }) => {
      const { logs = [] } = parse(`${name}.logs.otlp.json`);
      const { spans, joined, withoutSpan } = joinLogRecords(parse(`${name}.otlp.json`).spans.map(withoutContent), logs);
      expect({ joined, withoutSpan }).toEqual({ joined: records, withoutSpan: [] });
      const said = (calls: readonly Pick<Facts, 'query' | 'response' | 'toolCalls'>[]) =>
        calls.map(({ query, response, toolCalls }) => ({ query, response, toolCalls }));
      const expected = calledIn(manifest[name]?.scenarios ?? []).map((call) => ({
        ...made(call),
        ...without[call.name],
      }));
      expect(said(extractCalls(spans).calls)).toEqual(said(expected));
    },
  );

  it.each(Object.entries(RECORDED_PAYLOADS))('%s: the same out of its StandardLoggingPayloads', (name, some) => {
    const { spans } = parse(`${name}.payloads.jsonl`);
    const expected = calledIn(Object.keys(some)).map((call) =>
      comparable({ dialect: PAYLOAD_DIALECT, ...made(call), ...some[call.name] }),
    );
    const { calls } = extractCalls(spans);
    expect(told(calls)).toEqual(expected);
  });
});

/** As a span is whose content was not to be on it. */
function withoutContent(span: NormalSpan): NormalSpan {
  const kept = Object.entries(span.attributes).filter(
    ([key]) => !/^(?:gen_ai\.(?:input|output|completion)|llm\.[^.]+\.)/.test(key),
  );
  return { ...span, attributes: Object.fromEntries(kept) };
}
