import type { ToolCall } from '@signalbox/contracts';
import { isObject, member, memberAt } from '../json.js';
import { jsonText, textOf, toStructure } from './structure.js';

const ID_KEYS = ['call_id', 'id', 'toolCallId', 'toolUseId', 'tool_call_id'];
const NAME_PATHS = [['function', 'name'], ['name'], ['toolName']];
const ARGUMENT_PATHS = [['function', 'arguments'], ['arguments'], ['args'], ['input'], ['parameters']];

export function readCalls(value: unknown): ToolCall[] {
  const list = toStructure(value);
  return Array.isArray(list) ? list.map(readCall).filter((call) => call !== null) : [];
}

/** A call in any of the shapes of OpenAI, Anthropic, Gemini, Bedrock, LangChain, OpenInference and the AI SDK. */
export function readCall(value: unknown): ToolCall | null {
  if (!isObject(value)) return null;
  const inner = member(value, 'tool_call') ?? member(value, 'toolUse');
  if (isObject(inner)) return readCall(inner);
  const id = ID_KEYS.map((key) => textOf(member(value, key))).find((text) => text !== undefined);
  const name = NAME_PATHS.map((path) => textOf(memberAt(value, path))).find((text) => text !== undefined);
  if (name === undefined) return null;
  const given = ARGUMENT_PATHS.map((path) => memberAt(value, path)).find(
    (found) => found !== undefined && found !== null,
  );
  return { ...(id === undefined ? {} : { id }), name, arguments: jsonText(given) };
}

/** True for a call that its members alone tell, whatever list it lies in. */
export function isUnmistakableCall(value: unknown): boolean {
  if (!isObject(value)) return false;
  const named = typeof member(value, 'toolName') === 'string' || isObject(member(value, 'function'));
  return named && ID_KEYS.some((key) => Object.hasOwn(value, key));
}
