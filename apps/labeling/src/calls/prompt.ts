import { z } from 'zod';

export interface Turn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

const message = z.object({ role: z.string(), content: z.string().nullish() });
const logged = z.array(message).min(1);
const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
};

/** What was sent, as it can be sent again: the logged messages, or the query alone where they are not known. */
export function turnsOf({ query, messages }: { query: string; messages: unknown }): Turn[] {
  const parsed = logged.safeParse(messages);
  const turns = parsed.success
    ? parsed.data.flatMap(({ role, content }): Turn[] => {
        const known = ROLES[role.toLowerCase()];
        return known && content ? [{ role: known, content }] : [];
      })
    : [];
  return turns.at(-1)?.role === 'user' ? turns : [{ role: 'user', content: query }];
}

/** What a judge is shown: the query, or all turns where an answer cannot be judged without those before. */
export function promptText(call: { query: string; messages: unknown }): string {
  const turns = turnsOf(call);
  if (turns.length === 1) return turns[0]?.content ?? call.query;
  return turns.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
}
