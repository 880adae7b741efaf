import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import { INPUT_KEYS, OUTPUT_KEYS, type MessageShape } from '../dialects/field-keys.js';
import { toStructure, type AttributeReader } from './attribute-reader.js';
import {
  readIndexedMessages,
  readMessages,
  readSystemText,
  readUnmistakableMessages,
  type ReadMessage,
} from './messages.js';
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

/** What was sent to the model, from the first place in the table that holds messages. */
export function readInput(reader: AttributeReader): InputContent {
  let truncated = false;
  for (const { key, shape, system } of INPUT_KEYS) {
    const found = readShape(reader, key, shape, 'user');
    truncated ||= found.truncated;
    if (found.messages === null) continue;
    const systemText = system === undefined ? null : readSystemText(reader.value(system) ?? reader.structured(system));
    const sent = found.messages.map(toChatMessage);
    const hasSystem = sent.some((message) => message.role === 'system');
    const messages = systemText === null || hasSystem ? sent : [{ role: 'system', content: systemText }, ...sent];
    if (messages.every((message) => message.content === null && message.toolCalls === undefined)) continue;
    return { messages, query: lastUserText(messages), truncated };
  }
  return { messages: null, query: null, truncated };
}

/** What the model answered: the text of the first choice that has text, and the first tool calls. */
export function readOutput(reader: AttributeReader): OutputContent {
  let truncated = false;
  for (const { key, shape } of OUTPUT_KEYS) {
    const found = readShape(reader, key, shape, 'assistant');
    truncated ||= found.truncated;
    if (found.messages === null) continue;
    const { messages } = found;
    const calls = messages.flatMap((message) => message.toolCalls ?? []);
    const response = messages.find((message) => message.content !== null)?.content ?? null;
    const finishReason = messages.find((message) => message.finishReason !== undefined)?.finishReason ?? null;
    const refused = messages.some((message) => message.refused === true);
    if (response === null && calls.length === 0 && finishReason === null) continue;
    return { response, toolCalls: calls.length > 0 ? calls : null, finishReason, refused, truncated };
  }
  return { response: null, toolCalls: null, finishReason: null, refused: false, truncated };
}

function readShape(reader: AttributeReader, key: string, shape: MessageShape, role: string): Found {
  if (shape === 'indexed') {
    const messages = readIndexedMessages(reader, key);
    return { messages, truncated: messages?.some((message) => isCutText(message.content ?? '')) ?? false };
  }
  const value = reader.value(key);
  const read = shape === 'messages' ? readMessages : readUnmistakableMessages;
  const messages = read(key.includes('#') ? reader.structured(key) : value);
  if (messages !== null) return { messages, truncated: messages.some((message) => isCutText(message.content ?? '')) };
  if (typeof value !== 'string') return { messages: null, truncated: isCutSource(reader, key) };
  if (shape === 'messages') return { messages: null, truncated: isCutStructure(value, toStructure(value)) };
  return { messages: textMessage(role, value), truncated: isCutText(value) || isCutMessages(value) };
}

/** `key#path`: the document that should hold the path was itself cut. */
function isCutSource(reader: AttributeReader, source: string): boolean {
  const key = source.split('#', 1)[0] ?? source;
  return isCutStructure(reader.raw(key), reader.structured(key));
}

function textMessage(role: string, text: string): ReadMessage[] | null {
  return readMessages([{ role, content: [text] }])?.filter((message) => message.content !== null) ?? null;
}

/** Text that begins as a list of messages. A prompt may begin with a bracket, but not with one of these. */
function isCutMessages(text: string): boolean {
  return /^\s*\[?\s*\{\s*["'](?:role|messages|parts)["']\s*:/.test(text) && toStructure(text) === undefined;
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
