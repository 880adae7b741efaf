import type { EventShape } from '../dialects/dialect.js';
import { isObject, member } from '../json.js';
import type { SpanEvent } from '../normal-span.js';
import { isPart, isUntypedPart } from './message-parts.js';
import { readMessages, readSystemText, type ReadMessage } from './messages.js';
import { readTranscript } from './transcript.js';
import { textOf, toStructure } from './structure.js';

export type Side = 'input' | 'output';

type Members = Record<string, unknown>;

const DETAILS_EVENT = 'gen_ai.client.inference.operation.details';
const MESSAGE_MEMBERS = ['role', 'content', 'parts', 'tool_calls'];
const CHOICE_EVENT = 'gen_ai.choice';
const MESSAGE_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;
const CONTENT_EVENTS = { input: 'gen_ai.content.prompt', output: 'gen_ai.content.completion' };

/** Messages that lie in a span's events, or in log records that were joined to it. Null when there are none. */
export function readEventMessages(events: readonly SpanEvent[], shape: EventShape, side: Side): ReadMessage[] | null {
  const ordered = events.toSorted(byTime);
  const messages = ordered.flatMap((event) => READERS[shape](event, side) ?? []);
  const kept = shape === 'each' && side === 'input' ? withoutRepeatedResults(messages) : messages;
  return kept.length === 0 ? null : kept;
}

/** Events as a list in one attribute, each with its name beside its content. */
export function readEventList(value: unknown, side: Side): ReadMessage[] | null {
  const list = toStructure(value);
  if (!Array.isArray(list)) return null;
  const messages = list.filter(isObject).flatMap((event) => readEach(nameOf('', event), event, side) ?? []);
  return messages.length === 0 ? null : messages;
}

const READERS: Record<EventShape, (event: SpanEvent, side: Side) => ReadMessage[] | null> = {
  details(event, side) {
    if (nameOf(event.name, event.attributes) !== DETAILS_EVENT) return null;
    const body = isObject(event.body) ? event.body : {};
    const at = (key: string): unknown => member(event.attributes, key) ?? member(body, key);
    const messages = readMessages(at(`gen_ai.${side}.messages`));
    const system = side === 'input' ? readSystemText(at('gen_ai.system_instructions')) : null;
    if (messages === null || system === null) return messages;
    return [{ role: 'system', content: system }, ...messages];
  },
  each: (event, side) => readEach(nameOf(event.name, event.attributes), membersOf(event), side),
  content(event, side) {
    if (nameOf(event.name, event.attributes) !== CONTENT_EVENTS[side]) return null;
    if (isObject(event.body)) return readMessages([event.body], side === 'input' ? 'user' : 'assistant');
    if (typeof event.body === 'string') return readTranscript(event.body, side === 'input' ? 'user' : 'assistant');
    const keys = side === 'input' ? ['gen_ai.prompt'] : ['gen_ai.completion', 'message.content'];
    const value = keys.map((key) => member(event.attributes, key)).find((found) => found !== undefined);
    return readMessages(value) ?? readTranscript(value, side === 'input' ? 'user' : 'assistant');
  },
  body(event, side) {
    const part = isObject(event.body) ? member(event.body, side) : undefined;
    const list = isObject(part) ? member(part, 'messages') : undefined;
    if (!Array.isArray(list)) return null;
    const messages = list.filter(isObject).flatMap((item) => readBodyMessage(item, side));
    return side === 'output' ? answersOf(messages) : messages;
  },
};

function readEach(name: string, members: Members, side: Side): ReadMessage[] | null {
  const role = MESSAGE_EVENT.exec(name)?.[1];
  if (role !== undefined) return side === 'input' ? readMessages([withBlocks(withCallId(members))], role) : null;
  return name === CHOICE_EVENT && side === 'output' ? readChoice(members) : null;
}

/** A choice holds a message, or (Strands) text or blocks as JSON in a message's place. */
function readChoice(members: Members): ReadMessage[] | null {
  const raw = member(members, 'message');
  const parsed = toStructure(raw);
  if (isObject(parsed) && MESSAGE_MEMBERS.some((name) => Object.hasOwn(parsed, name))) {
    return readMessages([{ ...members, message: withBlocks(parsed) }], 'assistant');
  }
  const content = typeof raw === 'string' ? blocksOf(raw) : (raw ?? member(members, 'content'));
  return readMessages([withBlocks({ ...members, message: undefined, content })], 'assistant');
}

/** Everything that an event says: attributes, `gen_ai.event.content` as JSON, and the body. */
function membersOf({ attributes, body }: SpanEvent): Members {
  const content = toStructure(member(attributes, 'gen_ai.event.content'));
  return {
    ...attributes,
    ...(isObject(content) ? content : {}),
    ...(isObject(body) ? body : typeof body === 'string' ? { content: body } : {}),
  };
}

/** What answers a tool call has that call's id for its own. */
function withCallId(members: Members): Members {
  return { ...members, tool_call_id: member(members, 'tool_call_id') ?? member(members, 'id') };
}

/** Bedrock's blocks have no type, so that only the emitter tells that a text is JSON of them. */
function withBlocks(members: Members): Members {
  const content = member(members, 'content');
  return typeof content === 'string' ? { ...members, content: blocksOf(content) } : members;
}

function blocksOf(text: string): unknown {
  const structure = /^\s*\[\s*\{/.test(text) ? toStructure(text) : undefined;
  const blocks = Array.isArray(structure) && structure.length > 0 && structure.every(isPart);
  return blocks && structure.some(isUntypedPart) ? structure : text;
}

/** AWS nests what the event said: `{role, content: {content: "[{\"text\": …}]"}}`, an answer under `message`. */
function readBodyMessage(item: Members, side: Side): ReadMessage[] {
  const content = member(item, 'content');
  const inner = isObject(content) ? (member(content, 'content') ?? member(content, 'message')) : content;
  const role = textOf(member(item, 'role'));
  const known = role === undefined || role === 'unknown' ? (side === 'input' ? 'user' : 'assistant') : role;
  const message = {
    role: known,
    content: typeof inner === 'string' ? blocksOf(inner) : inner,
    finish_reason: isObject(content) ? member(content, 'finish_reason') : undefined,
  };
  return readMessages([message]) ?? [];
}

/** Earlier turns of the assistant lie among the answers; the answer is what has a reason, else the last. */
function answersOf(messages: ReadMessage[]): ReadMessage[] {
  const finished = messages.filter(({ finishReason }) => finishReason !== undefined);
  return finished.length > 0 ? finished : messages.slice(-1);
}

/** Botocore writes a tool's answer twice: in the user's message, and as a message of the tool. */
function withoutRepeatedResults(messages: readonly ReadMessage[]): ReadMessage[] {
  const seen = new Set<string>();
  return messages.filter(({ role, toolCallId, content }) => {
    if (role !== 'tool' || toolCallId === undefined) return true;
    const identity = JSON.stringify([toolCallId, content]);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function nameOf(name: string, members: Members): string {
  return name !== '' ? name : (textOf(member(members, 'event.name')) ?? textOf(member(members, 'event_name')) ?? '');
}

function byTime(a: SpanEvent, b: SpanEvent): number {
  return a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0;
}
