import type { ChatMessage, ToolCall } from '@signalbox/contracts';
import { parsePythonLiteral } from '../dialects/python-literal.js';
import { isObject, member } from '../json.js';
import { jsonText, textOf, toStructure } from './structure.js';
import { readCall } from './tool-calls.js';

/** What the parts of a message hold. */
export interface Content {
  text: string | null;
  toolCalls: ToolCall[];
  /** Answers of tools, which some shapes put into a user's message. */
  toolResults: ChatMessage[];
  refused: boolean;
}

const TEXT_TYPES = new Set(['text', 'input_text', 'output_text']);
const CALL_TYPES = new Set(['tool_call', 'tool_use', 'function_call', 'tool-call', 'custom_tool_call']);
const RESULT_TYPES = new Set(['tool_call_response', 'tool_result', 'function_call_output', 'tool-result']);
const OTHER_TYPES = [
  ...['image', 'image_url', 'input_image', 'audio', 'input_audio', 'file', 'input_file', 'document', 'blob', 'uri'],
  ...['reasoning', 'thinking', 'redacted_thinking', 'refusal', 'server_tool_use', 'web_search_call'],
];
const PART_TYPES = new Set([...TEXT_TYPES, ...CALL_TYPES, ...RESULT_TYPES, ...OTHER_TYPES]);
/** Parts of Gemini and Bedrock have no type: the name of their one member tells. */
const UNTYPED_MARKS = [
  ...['text', 'function_call', 'functionCall', 'function_response', 'functionResponse', 'inline_data', 'inlineData'],
  ...['toolUse', 'toolResult', 'reasoningContent', 'cachePoint', 'guardContent', 'image', 'document', 'video'],
];
const CALL_MARKS = ['function_call', 'functionCall', 'toolUse'];
const RESULT_MARKS = ['function_response', 'functionResponse', 'toolResult'];
const RESULT_BODIES = ['response', 'result', 'content', 'output'];
const RESULT_IDS = ['id', 'tool_use_id', 'call_id', 'toolUseId', 'toolCallId'];
/** How the agents SDK of OpenAI prints a tool call into a text. */
const PRINTED_CALL = 'ResponseFunctionToolCall(';

export function readContent(value: unknown): Content {
  if (typeof value === 'string') {
    const nothing: Content = { text: null, toolCalls: [], toolResults: [], refused: false };
    if (value === '' || isRedacted(value)) return nothing;
    const parts = /^\s*\[/.test(value) ? toStructure(value) : undefined;
    if (Array.isArray(parts) && parts.length > 0 && parts.every(isTypedPart)) return collect(parts);
    return { ...nothing, text: value };
  }
  return collect(Array.isArray(value) ? value : isPart(value) ? [value] : []);
}

export function isPart(value: unknown): boolean {
  return isTypedPart(value) || isUntypedPart(value);
}

/** A part with a type that some API defines. */
export function isTypedPart(value: unknown): boolean {
  if (!isObject(value) || Object.hasOwn(value, 'role')) return false;
  const type = member(value, 'type');
  if (typeof type !== 'string' || !PART_TYPES.has(type)) return false;
  return !TEXT_TYPES.has(type) || typeof (member(value, 'text') ?? member(value, 'content')) === 'string';
}

export function isUntypedPart(value: unknown): boolean {
  if (!isObject(value) || Object.hasOwn(value, 'role') || Object.hasOwn(value, 'type')) return false;
  return Object.hasOwn(value, 'message_content') || UNTYPED_MARKS.some((mark) => Object.hasOwn(value, mark));
}

export function collect(parts: readonly unknown[]): Content {
  const texts: string[] = [];
  const content: Content = { text: null, toolCalls: [], toolResults: [], refused: false };
  for (const part of parts) readPart(part, content, texts);
  const text = texts.filter((item) => item !== '' && !isRedacted(item)).join('\n');
  content.text = text === '' ? null : text;
  return content;
}

/** What gateways write in place of content that they were told not to record. */
function isRedacted(text: string): boolean {
  return text === 'redacted-by-litellm' || text === '<REDACTED>' || text === '[REDACTED]';
}

function readPart(part: unknown, content: Content, texts: string[]): void {
  if (typeof part === 'string') {
    texts.push(part);
    return;
  }
  if (!isObject(part)) return;
  const inner = member(part, 'message_content');
  if (isObject(inner)) {
    readPart(inner, content, texts);
    return;
  }
  const type = member(part, 'type');
  if (typeof type === 'string' && TEXT_TYPES.has(type)) {
    readText(part, content, texts);
    return;
  }
  const call = readCall(typeof type === 'string' && CALL_TYPES.has(type) ? part : firstObject(part, CALL_MARKS));
  const answered = typeof type === 'string' && RESULT_TYPES.has(type) ? part : firstObject(part, RESULT_MARKS);
  if (call !== null) content.toolCalls.push(call);
  else if (answered !== undefined) content.toolResults.push(toolResult(answered));
  else if (type === 'refusal') {
    content.refused = true;
    texts.push(textOf(member(part, 'refusal')) ?? '');
  } else if (type === undefined && member(part, 'thought') !== true) readText(part, content, texts);
}

function readText(part: Record<string, unknown>, content: Content, texts: string[]): void {
  const text = textOf(member(part, 'text')) ?? textOf(member(part, 'content')) ?? '';
  const call = text.startsWith(PRINTED_CALL) ? readCall(parsePythonLiteral(text)) : null;
  if (call === null) texts.push(text);
  else content.toolCalls.push(call);
}

function firstObject(part: Record<string, unknown>, marks: readonly string[]): Record<string, unknown> | undefined {
  return marks.map((mark) => member(part, mark)).find(isObject);
}

function toolResult(part: Record<string, unknown>): ChatMessage {
  const body = RESULT_BODIES.map((key) => member(part, key)).find((value) => value !== undefined && value !== null);
  const id = RESULT_IDS.map((key) => textOf(member(part, key))).find((text) => text !== undefined);
  return { role: 'tool', content: resultText(body), ...(id === undefined ? {} : { toolCallId: id }) };
}

function resultText(body: unknown): string | null {
  if (body === undefined) return null;
  if (Array.isArray(body) && body.every(isPart)) return collect(body).text;
  const value = isObject(body) && typeof member(body, 'type') === 'string' ? member(body, 'value') : undefined;
  return jsonText(value ?? body);
}
