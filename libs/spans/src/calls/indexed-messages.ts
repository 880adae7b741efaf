import { isObject, memberAt } from '../json.js';
import type { AttributeReader } from './attribute-reader.js';
import type { FamilyTree } from './family-tree.js';
import { readMessages, type ReadMessage } from './messages.js';
import { isEmpty } from './structure.js';

export interface IndexedMessages {
  messages: ReadMessage[];
  /** An index is missing between others: the limit of attributes on a span dropped it. */
  incomplete: boolean;
}

/** `family.N.…`: indexed keys, in the order of N. Null when there are none. */
export function readIndexedMessages(
  reader: AttributeReader,
  family: string,
  defaultRole: string,
): IndexedMessages | null {
  const tree = reader.plan.families.get(family);
  if (tree === undefined) return null;
  const messages: ReadMessage[] = [];
  for (const [, member] of tree.members) messages.push(...readOne(valueOf(member, reader), defaultRole));
  const last = Number(tree.members.at(-1)?.[0] ?? -1);
  return messages.length === 0 ? null : { messages, incomplete: last >= tree.members.length };
}

/** A turn of which only the role was kept is still a turn; one of which not even that was kept is not. */
function readOne(item: unknown, defaultRole: string): ReadMessage[] {
  const read = isObject(item) ? (readMessages([item], defaultRole) ?? []) : [];
  const named = memberAt(item, ['role']) ?? memberAt(item, ['message', 'role']);
  return named === undefined ? read.filter(isTold) : read;
}

function isTold({ content, toolCalls, finishReason }: ReadMessage): boolean {
  return content !== null || toolCalls !== undefined || finishReason !== undefined;
}

function valueOf({ key, members, isList }: FamilyTree, reader: AttributeReader): unknown {
  const value = key === undefined ? undefined : reader.raw(key);
  if (!isEmpty(value)) return value;
  if (isList) return members.map(([, member]) => valueOf(member, reader)).filter((item) => item !== undefined);
  const object: Record<string, unknown> = {};
  let isThere = false;
  for (const [name, member] of members) {
    const found = valueOf(member, reader);
    if (found === undefined) continue;
    object[name] = found;
    isThere = true;
  }
  return isThere ? object : undefined;
}
