import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import { isObject, member } from '../json.js';
import { collect, isPart, isTypedPart, readContent } from './message-parts.js';
import { textOf, toStructure } from './structure.js';
import { isUnmistakableCall, readCall, readCalls } from './tool-calls.js';

/** A message with what only an answer has. */
export interface ReadMessage extends ChatMessage {
  finishReason?: string;
  refused?: boolean;
}

const ROLES = new Map([
  ['model', 'assistant'],
  ['ai', 'assistant'],
  ['AIMessageChunk', 'assistant'],
  ['human', 'user'],
]);
/** LangChain's messages have a type where others have a role. */
const LANGCHAIN_TYPES = new Set(['human', 'ai', 'AIMessageChunk', 'system', 'tool']);
const KNOWN_ROLES = new Set(['system', 'developer', 'user', 'human', 'assistant', 'ai', 'model', 'tool', 'function']);
const LISTS = ['messages', 'contents', 'choices', 'candidates', 'generations'];

/**
 * Messages out of the shapes in use: semconv parts, OpenAI messages, choices and items, Anthropic blocks, Gemini
 * contents, LangChain messages, single messages and `{messages: [...]}`. Null when the value is no such thing.
 *
 * @param defaultRole of messages that name none; without it they are no messages.
 */
export function readMessages(value: unknown, defaultRole?: string): ReadMessage[] | null {
  const structure = toStructure(value);
  if (isObject(structure)) return readMessages(listIn(structure) ?? [structure], defaultRole);
  if (!Array.isArray(structure) || structure.length === 0) return null;
  const list: unknown[] = structure.some(Array.isArray) ? structure.flat() : structure;
  if (list.every(isPart)) {
    const finishReason = list.filter(isObject).map((item) => member(item, 'finish_reason'))[0];
    return readMessage({ role: defaultRole ?? 'assistant', content: list, finish_reason: finishReason });
  }
  const messages: ReadMessage[] = [];
  for (const item of list) {
    const read = isObject(item) ? readItem(item, defaultRole) : null;
    if (read === null) return null;
    messages.push(...read);
  }
  return messages;
}

/**
 * As {@link readMessages}, for a place that may hold plain text: an answer that is JSON by itself stays text. Only
 * messages with a role that chat APIs know, and parts with a type that they know, are taken for messages.
 */
export function readUnmistakableMessages(value: unknown, defaultRole?: string): ReadMessage[] | null {
  const structure = toStructure(value);
  if (structure === undefined) return null;
  const list = isObject(structure) ? (listIn(structure) ?? [structure]) : structure;
  const items = Array.isArray(list) ? list.flat() : [];
  return items.length > 0 && items.every(isUnmistakable) ? readMessages(list, defaultRole) : null;
}

function listIn(structure: Record<string, unknown>): readonly unknown[] | undefined {
  const isResponse = member(structure, 'object') === 'response';
  const name = (isResponse ? ['output'] : LISTS).find((list) => Array.isArray(member(structure, list)));
  return name === undefined ? undefined : readList(member(structure, name));
}

function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isUnmistakable(item: unknown): boolean {
  if (!isObject(item)) return false;
  if (isTypedPart(item) || isUnmistakableCall(item) || isTextChoice(item)) return true;
  const inner = member(item, 'message') ?? member(item, 'kwargs');
  if (isObject(inner)) return isUnmistakable(inner);
  const role = member(item, 'role') ?? langchainRole(item);
  const body = ['content', 'parts', 'tool_calls', 'function_call'].some((key) => Object.hasOwn(item, key));
  return typeof role === 'string' && KNOWN_ROLES.has(role) && body;
}

/** A choice of the API for text completions. */
function isTextChoice(item: Record<string, unknown>): boolean {
  return typeof member(item, 'text') === 'string' && Object.hasOwn(item, 'finish_reason');
}

function langchainRole(item: Record<string, unknown>): string | undefined {
  const type = member(item, 'type');
  return typeof type === 'string' && LANGCHAIN_TYPES.has(type) ? type : undefined;
}

/** Text of a system prompt, which comes as text, as parts, as Gemini's `{parts}` or as messages. */
export function readSystemText(value: unknown): string | null {
  const structure = toStructure(value);
  if (Array.isArray(structure) && structure.every(isPart)) return collect(structure).text;
  const messages = readMessages(structure, 'system');
  const texts = messages?.map(({ content }) => content).filter((text) => text !== null) ?? [];
  if (texts.length > 0) return texts.join('\n');
  return typeof value === 'string' && value !== '' ? value : null;
}

function readItem(item: Record<string, unknown>, defaultRole: string | undefined): ReadMessage[] | null {
  if (isPart(item)) {
    const read = readMessage({ role: defaultRole ?? 'assistant', content: [item] });
    return read?.filter(({ content, toolCalls }) => content !== null || toolCalls !== undefined) ?? null;
  }
  if (isUnmistakableCall(item)) return readMessage({ role: 'assistant', tool_calls: [item] });
  return readMessage(item, defaultRole);
}

function readMessage(item: Record<string, unknown>, defaultRole?: string): ReadMessage[] | null {
  const finishReason = textOf(member(item, 'finish_reason') ?? member(item, 'finishReason'));
  const nested = nestedIn(item);
  if (nested !== undefined) {
    const role = member(item, 'role') ?? defaultRole;
    return readMessage({ finish_reason: finishReason, ...nested }, typeof role === 'string' ? role : undefined);
  }
  const role = member(item, 'role') ?? langchainRole(item) ?? defaultRole;
  if (typeof role !== 'string') return null;
  const content = readContent(bodyOf(item));
  const { text, toolResults } = content;
  const refusal = textOf(member(item, 'refusal'));
  const toolCalls = [...content.toolCalls, ...readCalls(callsOf(item)), ...legacyCalls(item)];
  const toolCallId = textOf(member(item, 'tool_call_id')) ?? textOf(member(item, 'toolCallId'));
  if (text === null && toolCalls.length === 0 && toolResults.length > 0) return toolResults;
  return [
    ...toolResults,
    {
      role: ROLES.get(role) ?? role,
      content: text ?? refusal ?? null,
      ...(toolCalls.length > 0 ? { toolCalls } : {}),
      ...(toolCallId === undefined ? {} : { toolCallId }),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(content.refused || refusal !== undefined ? { refused: true } : {}),
    },
  ];
}

/** A choice's message, a candidate's content, LangChain's constructor. */
function nestedIn(item: Record<string, unknown>): Record<string, unknown> | undefined {
  const inner = member(item, 'message') ?? member(item, 'kwargs');
  if (isObject(inner)) return inner;
  const content = member(item, 'content');
  return isObject(content) && !isPart(content) ? content : undefined;
}

function bodyOf(item: Record<string, unknown>): unknown {
  const parts = member(item, 'parts');
  return Array.isArray(parts) && parts.length > 0 ? parts : (member(item, 'content') ?? member(item, 'contents'));
}

function callsOf(item: Record<string, unknown>): unknown {
  return member(item, 'tool_calls') ?? member(item, 'toolCalls');
}

function legacyCalls(item: Record<string, unknown>): ToolCall[] {
  const named = textOf(member(item, 'function_call_name'));
  const call = readCall(
    named === undefined
      ? member(item, 'function_call')
      : { name: named, arguments: member(item, 'function_call_arguments_json') },
  );
  return call === null ? [] : [call];
}
