import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import { parseJson } from '../json.js';
import type { AttributeMessages, MessageShape, MessageSource } from '../dialects/dialect.js';
import type { SpanEvent } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';
import { readEventList, readEventMessages, type Side } from './event-messages.js';
import { readIndexedMessages } from './indexed-messages.js';
import { collect } from './message-parts.js';
import { readMessages, readSystemText, readUnmistakableMessages, type ReadMessage } from './messages.js';
import { isEmpty, jsonText, toStructure } from './structure.js';
import { readCalls } from './tool-calls.js';
import { readTranscript } from './transcript.js';
import { isCutStructure, isCutText } from './truncation.js';

export interface InputContent {
  messages: ChatMessage[] | null;
  /** Text of the last user message. */
  query: string | null;
  truncated: boolean;
}

export interface OutputContent {
  response: string | null;
  toolCalls: ToolCall[] | null;
  finishReason: string | null;
  refused: boolean;
  truncated: boolean;
}

interface Found {
  messages: ReadMessage[] | null;
  truncated: boolean;
}

/** The reason by which an answer says that it ends with tool calls. */
const TOOL_REASON = /tool|function/i;

const DEFAULT_ROLE = { input: 'user', output: 'assistant' };

/** What was sent to the model, from the first place in the table that holds messages. */
export function readInput(reader: AttributeReader, events: readonly SpanEvent[]): InputContent {
  let truncated = false;
  for (const source of reader.plan.input) {
    const found = readSource(reader, events, source, 'input');
    truncated ||= found.truncated;
    if (found.messages === null) continue;
    const sent = found.messages.map(toChatMessage);
    const system = 'key' in source && source.system !== undefined ? systemText(reader, source.system) : null;
    const hasSystem = sent.some((message) => message.role === 'system');
    const messages = system === null || hasSystem ? sent : [{ role: 'system', content: system }, ...sent];
    if (messages.every((message) => message.content === null && message.toolCalls === undefined)) continue;
    return { messages, query: lastUserText(messages), truncated };
  }
  return { messages: null, query: null, truncated };
}

/**
 * What the model answered: the text of the first choice that has text, and the first tool calls. Calls that the answer
 * ends with may lie elsewhere than its text.
 */
export function readOutput(reader: AttributeReader, events: readonly SpanEvent[]): OutputContent {
  const output: OutputContent = {
    response: null,
    toolCalls: null,
    finishReason: null,
    refused: false,
    truncated: false,
  };
  for (const source of reader.plan.output) {
    const found = readSource(reader, events, source, 'output');
    const beside = 'key' in source && source.toolCalls !== undefined ? readCalls(reader.raw(source.toolCalls)) : [];
    const messages = found.messages ?? [];
    const calls = [...messages.flatMap((message) => message.toolCalls ?? []), ...beside];
    output.response ??= messages.find((message) => message.content !== null)?.content ?? null;
    output.toolCalls ??= calls.length > 0 ? calls : null;
    output.finishReason ??= messages.find((message) => message.finishReason !== undefined)?.finishReason ?? null;
    output.refused ||= messages.some((message) => message.refused === true);
    output.truncated ||= found.truncated;
    const asksTools = output.finishReason !== null && TOOL_REASON.test(output.finishReason);
    if (output.toolCalls !== null || (output.response !== null && !asksTools)) break;
  }
  return output;
}

function readSource(reader: AttributeReader, events: readonly SpanEvent[], source: MessageSource, side: Side): Found {
  if (!('key' in source)) {
    return marked(events.length === 0 ? null : readEventMessages(events, source.events, side));
  }
  if (source.shape === 'indexed') {
    const indexed = readIndexedMessages(reader, source.key, DEFAULT_ROLE[side]);
    const found = marked(indexed?.messages ?? null);
    return { ...found, truncated: found.truncated || indexed?.incomplete === true };
  }
  return readAttribute(reader, source, side);
}

function readAttribute(reader: AttributeReader, { key, shape }: AttributeMessages, side: Side): Found {
  const value = reader.value(key);
  if (value === undefined) return { messages: null, truncated: isCutSource(reader, key) };
  const structure = typeof value === 'string' && key.includes('#') ? toStructure(value) : reader.structured(key);
  if (shape === 'messages' || shape === 'event-list') {
    const messages = shape === 'messages' ? readMessages(structure) : readEventList(structure, side);
    return messages === null ? { messages, truncated: isCutStructure(value, structure) } : marked(messages);
  }
  const messages = structure === undefined ? null : readUnmistakableMessages(structure);
  if (messages !== null) return marked(messages);
  if (typeof value !== 'string')
    return marked(isEmpty(value) ? null : textMessage(DEFAULT_ROLE[side], jsonText(value)));
  const text = readText(value, shape, DEFAULT_ROLE[side]);
  return { messages: text, truncated: isCutText(value) || (structure === undefined && beginsAsMessages(value)) };
}

function readText(value: string, shape: MessageShape, role: string): ReadMessage[] | null {
  if (shape === 'messages-or-transcript') return readTranscript(value, role);
  const quoted = shape === 'messages-or-quoted' && value.startsWith('"') ? parseJson(value) : undefined;
  return textMessage(role, typeof quoted === 'string' ? quoted : value);
}

function marked(messages: ReadMessage[] | null): Found {
  return { messages, truncated: messages?.some(({ content }) => content !== null && isCutText(content)) ?? false };
}

/** `key#path`: the document that should hold the path was itself cut. */
function isCutSource(reader: AttributeReader, source: string): boolean {
  const key = source.split('#', 1)[0] ?? source;
  return isCutStructure(reader.raw(key), reader.structured(key));
}

function systemText(reader: AttributeReader, source: string): string | null {
  return readSystemText(reader.value(source) ?? reader.structured(source));
}

function textMessage(role: string, text: string): ReadMessage[] | null {
  const content = collect([text]).text;
  return content === null ? null : [{ role, content }];
}

/** Text that begins as a list of messages. A prompt may begin with a bracket, but not with one of these. */
function beginsAsMessages(text: string): boolean {
  return /^\s*\[?\s*\{\s*["'](?:role|messages|parts)["']\s*:/.test(text);
}

function lastUserText(messages: readonly ChatMessage[]): string | null {
  return messages.findLast((message) => message.role === 'user' && message.content !== null)?.content ?? null;
}

function toChatMessage({ role, content, toolCalls, toolCallId }: ReadMessage): ChatMessage {
  return {
    role,
    content,
    ...(toolCalls === undefined ? {} : { toolCalls }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
}
