import type { ChatMessage, ExtractedCall, ToolCall } from '@signalbox/contracts';
import { DETECTORS, STRICT_DETECTORS, type Detector } from './detectors.js';

/** OFF takes nothing out; ON what identifies a person or a secret by itself; STRICT also what could with another source. */
export type RedactionLevelName = 'OFF' | 'ON' | 'STRICT';

export interface Redacted<T> {
  value: T;
  /** Places that were taken out. */
  redactions: number;
}

const BY_LEVEL: Readonly<Record<RedactionLevelName, readonly Detector[]>> = {
  OFF: [],
  ON: DETECTORS,
  STRICT: STRICT_DETECTORS,
};

/** Puts `[kind]` in the place of what looks like personal data. Linear in the length of the text. */
export function redactText(text: string, level: RedactionLevelName): Redacted<string> {
  let redactions = 0;
  let value = text;
  for (const { kind, pattern, within } of BY_LEVEL[level]) {
    value = value.replace(pattern, (match) => {
      const found = within === undefined ? match : within(match);
      if (found === '') return match;
      redactions += 1;
      const at = match.lastIndexOf(found);
      return `${match.slice(0, at)}[${kind}]${match.slice(at + found.length)}`;
    });
  }
  return { value, redactions };
}

/** Every text of a call that a person or a model wrote. Ids, models and counts stay: they hold the calls together. */
export function redactCall(call: ExtractedCall, level: RedactionLevelName): Redacted<ExtractedCall> {
  if (level === 'OFF') return { value: call, redactions: 0 };
  let redactions = 0;
  /** One text often stands twice in a call: as the query and as its last message. */
  const known = new Map<string, string>();
  const clean = <T extends string | null>(text: T): T | string => {
    if (text === null) return text;
    const before = known.get(text);
    if (before !== undefined) return before;
    const redacted = redactText(text, level);
    redactions += redacted.redactions;
    known.set(text, redacted.value);
    return redacted.value;
  };
  const cleanCalls = (calls: ToolCall[]) => calls.map((each) => ({ ...each, arguments: clean(each.arguments) }));
  const cleanMessage = (message: ChatMessage): ChatMessage => ({
    ...message,
    content: clean(message.content),
    ...(message.toolCalls === undefined ? {} : { toolCalls: cleanCalls(message.toolCalls) }),
  });
  const value = {
    ...call,
    messages: call.messages && call.messages.map(cleanMessage),
    query: clean(call.query),
    response: clean(call.response),
    toolCalls: call.toolCalls && cleanCalls(call.toolCalls),
  };
  return { value, redactions };
}
