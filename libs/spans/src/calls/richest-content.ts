import type { ChatMessage } from '@signalbox/contracts';
import type { InputContent, OutputContent } from './content.js';
import type { CallGroup } from './groups.js';
import type { SpanFacts } from './span-facts.js';

export function richestInput(group: CallGroup): InputContent {
  return richest(
    group,
    (facts) => facts.input,
    (content) => content.messages !== null,
    (content) => content.messages?.every(isLinked) ?? true,
  );
}

export function richestOutput(group: CallGroup): OutputContent {
  return richest(
    group,
    (facts) => facts.output,
    (content) => content.response !== null || content.toolCalls !== null,
    (content) => content.toolCalls?.every(({ id }) => id !== undefined) ?? true,
  );
}

/**
 * Whole content of any of the spans before cut content of the first. Before both goes content whose tool calls and
 * results have their ids, which some emitters leave out of all copies but one.
 */
function richest<T extends { truncated: boolean }>(
  group: CallGroup,
  read: (facts: SpanFacts) => T,
  hasContent: (content: T) => boolean,
  hasIds: (content: T) => boolean,
): T {
  const isWhole = (content: T): boolean => hasContent(content) && !content.truncated;
  const own = read(group.primary);
  if (group.others.length === 0 || (isWhole(own) && hasIds(own))) return own;
  const all = [own, ...group.others.map(read)];
  const found = all.find((content) => isWhole(content) && hasIds(content)) ?? all.find(isWhole) ?? all.find(hasContent);
  return found ?? all.find((content) => content.truncated) ?? own;
}

function isLinked({ role, toolCallId }: ChatMessage): boolean {
  return role !== 'tool' || toolCallId !== undefined;
}
