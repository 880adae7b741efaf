import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import type { AttributeReader } from './attribute-reader.js';
import { toStructure } from './attribute-reader.js';

/** A message with what only an answer has. */
export interface ReadMessage extends ChatMessage {
  finishReason?: string;
  refused?: boolean;
}

const ROLES = new Map([
  ['model', 'assistant'],
  ['ai', 'assistant'],
  ['human', 'user'],
]);
/** What gateways write in place of content that they were told not to record. */
const REDACTED = new Set(['redacted-by-litellm', '<REDACTED>', '[REDACTED]']);
const KNOWN_ROLES = new Set(['system', 'developer', 'user', 'human', 'assistant', 'ai', 'model', 'tool', 'function']);
const TEXT_TYPES = new Set(['text', 'input_text', 'output_text']);
const CALL_TYPES = new Set(['tool_call', 'tool_use', 'function_call']);
const RESULT_TYPES = new Set(['tool_call_response', 'tool_result', 'function_call_output']);
const OTHER_TYPES = [
  ...['image', 'image_url', 'input_image', 'audio', 'input_audio', 'file', 'input_file', 'document', 'blob', 'uri'],
  ...['reasoning', 'thinking', 'redacted_thinking', 'refusal', 'server_tool_use'],
];
const PART_TYPES = new Set([...TEXT_TYPES, ...CALL_TYPES, ...RESULT_TYPES, ...OTHER_TYPES]);

/**
 * Messages out of the shapes in use: semconv parts, OpenAI messages, choices and items, Anthropic blocks, Gemini
 * contents, single messages and `{messages: [...]}`. Null when the value is no such thing.
 */
export function readMessages(value: unknown): ReadMessage[] | null {
  const structure = toStructure(value);
  if (isObject(structure)) {
    const list = member(structure, 'messages') ?? member(structure, 'contents') ?? member(structure, 'choices');
    return readMessages(Array.isArray(list) ? list : [structure]);
  }
  if (!Array.isArray(structure) || structure.length === 0) return null;
  if (structure.every(isPart)) return readMessage({ role: 'assistant', content: structure });
  const messages: ReadMessage[] = [];
  for (const item of structure) {
    const read = isObject(item) ? readMessage(isPart(item) ? { role: 'assistant', content: [item] } : item) : null;
    if (read === null) return null;
    messages.push(...read);
  }
  return messages;
}

/**
 * As {@link readMessages}, for a place that may hold plain text: an answer that is JSON by itself stays text. Only
 * messages with a role that chat APIs know, and parts with a type that they know, are taken for messages.
 */
export function readUnmistakableMessages(value: unknown): ReadMessage[] | null {
  const structure = toStructure(value);
  const list = isObject(structure) ? (member(structure, 'messages') ?? member(structure, 'choices')) : structure;
  const items = Array.isArray(list) ? list : [structure];
  return items.every(isUnmistakable) ? readMessages(structure) : null;
}

function isUnmistakable(item: unknown): boolean {
  if (!isObject(item)) return false;
  if (isTypedPart(item)) return true;
  const inner = member(item, 'message');
  if (isObject(inner)) return isUnmistakable(inner);
  const role = member(item, 'role');
  const body = ['content', 'parts', 'tool_calls', 'function_call'].some((key) => Object.hasOwn(item, key));
  return typeof role === 'string' && KNOWN_ROLES.has(role) && body;
}

/** Text of a system prompt, which comes as text, as parts or as Gemini's `{parts}`. */
export function readSystemText(value: unknown): string | null {
  const structure = toStructure(value);
  if (Array.isArray(structure) && structure.every(isPart)) return collect(structure).text;
  if (isObject(structure)) return readMessage({ role: 'system', ...structure })?.[0]?.content ?? null;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `family.N.…`: indexed keys, in the order of N. Null when there are none. */
export function readIndexedMessages(reader: AttributeReader, family: string): ReadMessage[] | null {
  const indices = indicesBelow(reader, family);
  const messages = indices.flatMap((index): ReadMessage[] => {
    const at = `${family}.${index}`;
    const content = readContent(reader.value(`${at}.content`));
    const calls = indicesBelow(reader, `${at}.tool_calls`).map((call) =>
      readIndexedCall(reader, `${at}.tool_calls.${call}`),
    );
    // LiteLLM numbers function_call by tool call where others number by choice, so each index may hold one.
    const called = readIndexedCall(reader, `${at}.function_call`);
    const finishReason = reader.text(`${at}.finish_reason`);
    const role = reader.text(`${at}.role`);
    const toolCallId = reader.text(`${at}.tool_call_id`);
    const all = [...calls, called].filter((call) => call !== null);
    if (content.text === null && all.length === 0 && role === undefined && finishReason === undefined) return [];
    return [
      message(role ?? (family.endsWith('completion') ? 'assistant' : 'user'), content.text, {
        toolCalls: [...content.toolCalls, ...all],
        toolCallId: toolCallId ?? content.toolCallId,
        finishReason,
        refused: content.refused || reader.value(`${at}.refusal`) !== undefined,
      }),
    ];
  });
  return messages.length === 0 ? null : messages;
}

function indicesBelow(reader: AttributeReader, family: string): number[] {
  const below = `${family}.`;
  const indices = new Set<number>();
  for (const key of reader.keys) {
    if (!key.startsWith(below)) continue;
    const index = key.slice(below.length).split('.', 1)[0] ?? '';
    if (/^\d{1,6}$/.test(index)) indices.add(Number(index));
  }
  return [...indices].sort((a, b) => a - b);
}

function readIndexedCall(reader: AttributeReader, at: string): ToolCall | null {
  const name = reader.text(`${at}.name`) ?? reader.text(`${at}.function.name`);
  if (name === undefined) return null;
  const id = reader.text(`${at}.id`);
  const given = reader.raw(`${at}.arguments`) ?? reader.raw(`${at}.function.arguments`);
  return { ...(id === undefined ? {} : { id }), name, arguments: jsonText(given) };
}

interface Content {
  text: string | null;
  toolCalls: ToolCall[];
  toolCallId?: string;
  /** Answers of tools, which some shapes put into a user's message. */
  toolResults: ReadMessage[];
  refused: boolean;
}

function message(
  role: string,
  content: string | null,
  more: { toolCalls: ToolCall[]; toolCallId?: string; finishReason?: string; refused: boolean },
): ReadMessage {
  return {
    role: ROLES.get(role) ?? role,
    content,
    ...(more.toolCalls.length > 0 ? { toolCalls: more.toolCalls } : {}),
    ...(more.toolCallId === undefined ? {} : { toolCallId: more.toolCallId }),
    ...(more.finishReason === undefined ? {} : { finishReason: more.finishReason }),
    ...(more.refused ? { refused: true } : {}),
  };
}

function readMessage(item: Record<string, unknown>): ReadMessage[] | null {
  const inner = member(item, 'message');
  const finishReason = textOf(member(item, 'finish_reason') ?? member(item, 'finishReason'));
  const nested = isObject(inner) ? inner : isObject(member(item, 'content')) ? member(item, 'content') : undefined;
  if (isObject(nested)) {
    return readMessage({ ...(finishReason === undefined ? {} : { finish_reason: finishReason }), ...nested });
  }
  const role = member(item, 'role');
  const parts = member(item, 'parts');
  const body = Array.isArray(parts) && parts.length > 0 ? parts : member(item, 'content');
  const calls = readCalls(member(item, 'tool_calls') ?? member(item, 'toolCalls'));
  const legacyCall = readCall(member(item, 'function_call'));
  if (typeof role !== 'string') return null;
  const content = readContent(body);
  const { text, toolResults } = content;
  const refusal = textOf(member(item, 'refusal'));
  const toolCalls = [...content.toolCalls, ...calls, ...(legacyCall === null ? [] : [legacyCall])];
  const toolCallId = textOf(member(item, 'tool_call_id')) ?? textOf(member(item, 'toolCallId'));
  if (text === null && toolCalls.length === 0 && toolResults.length > 0) return toolResults;
  return [
    ...toolResults,
    message(role, text ?? refusal ?? null, {
      toolCalls,
      toolCallId,
      finishReason,
      refused: content.refused || refusal !== undefined,
    }),
  ];
}

function readContent(value: unknown): Content {
  const nothing: Content = { text: null, toolCalls: [], toolResults: [], refused: false };
  if (typeof value === 'string') {
    if (value === '' || REDACTED.has(value)) return nothing;
    const parts = /^\s*\[/.test(value) ? toStructure(value) : undefined;
    if (Array.isArray(parts) && parts.length > 0 && parts.every(isTypedPart)) return collect(parts);
    return { ...nothing, text: value };
  }
  return Array.isArray(value) ? collect(value) : nothing;
}

function isPart(value: unknown): boolean {
  return isTypedPart(value) || (isObject(value) && !Object.hasOwn(value, 'role') && isGeminiPart(value));
}

function isTypedPart(value: unknown): boolean {
  if (!isObject(value) || Object.hasOwn(value, 'role')) return false;
  const type = member(value, 'type');
  if (typeof type !== 'string' || !PART_TYPES.has(type)) return false;
  return !TEXT_TYPES.has(type) || typeof (member(value, 'text') ?? member(value, 'content')) === 'string';
}

function isGeminiPart(part: Record<string, unknown>): boolean {
  const marks = ['text', 'function_call', 'functionCall', 'function_response', 'functionResponse', 'inline_data'];
  return marks.some((mark) => Object.hasOwn(part, mark)) && !Object.hasOwn(part, 'type');
}

function collect(parts: readonly unknown[]): Content {
  const texts: string[] = [];
  const content: Content = { text: null, toolCalls: [], toolResults: [], refused: false };
  for (const part of parts) {
    if (typeof part === 'string') texts.push(part);
    else if (isObject(part)) readPart(part, content, texts);
  }
  const text = texts.filter((item) => item !== '' && !REDACTED.has(item)).join('\n');
  return { ...content, text: text === '' ? null : text };
}

function readPart(part: Record<string, unknown>, content: Content, texts: string[]): void {
  const type = member(part, 'type');
  const called = readCall(member(part, 'function_call') ?? member(part, 'functionCall'));
  const answered = member(part, 'function_response') ?? member(part, 'functionResponse');
  if (typeof type === 'string' && CALL_TYPES.has(type)) {
    const call = readCall(part);
    if (call !== null) content.toolCalls.push(call);
  } else if (called !== null) {
    content.toolCalls.push(called);
  } else if (typeof type === 'string' && RESULT_TYPES.has(type)) {
    content.toolResults.push(toolResult(part));
  } else if (isObject(answered)) {
    content.toolResults.push(toolResult(answered));
  } else if (type === 'refusal') {
    content.refused = true;
    texts.push(textOf(member(part, 'refusal')) ?? '');
  } else if ((type === undefined && member(part, 'thought') !== true) || TEXT_TYPES.has(String(type))) {
    texts.push(textOf(member(part, 'text')) ?? textOf(member(part, 'content')) ?? '');
  }
}

function toolResult(part: Record<string, unknown>): ReadMessage {
  const given = ['response', 'result', 'content', 'output'].map((key) => member(part, key));
  const body = given.find((value) => value !== undefined && value !== null);
  const id = textOf(member(part, 'id')) ?? textOf(member(part, 'tool_use_id')) ?? textOf(member(part, 'call_id'));
  const content =
    Array.isArray(body) && body.every(isPart) ? collect(body).text : body === undefined ? null : jsonText(body);
  return { role: 'tool', content, ...(id === undefined ? {} : { toolCallId: id }) };
}

function readCalls(value: unknown): ToolCall[] {
  const list = toStructure(value);
  return Array.isArray(list) ? list.map(readCall).filter((call) => call !== null) : [];
}

function readCall(value: unknown): ToolCall | null {
  if (!isObject(value)) return null;
  const id = textOf(member(value, 'call_id')) ?? textOf(member(value, 'id'));
  const name = textOf(memberAt(value, ['function', 'name'])) ?? textOf(member(value, 'name'));
  if (name === undefined) return null;
  const places = [['function', 'arguments'], ['arguments'], ['args'], ['input']];
  const given = places.map((path) => memberAt(value, path)).find((found) => found !== undefined && found !== null);
  return { ...(id === undefined ? {} : { id }), name, arguments: jsonText(given) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Arguments as the model wrote them, or as JSON where the emitter had parsed them. Absent arguments are `{}`. */
function jsonText(value: unknown): string {
  if (value === undefined || value === null) return '{}';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
