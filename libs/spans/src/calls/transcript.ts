import type { ReadMessage } from './messages.js';

const TURN = /^(system|developer|user|assistant|tool): ?/;

/** Text whose lines begin each turn with a role: `user: Hello`. Text that begins with none is one turn. */
export function readTranscript(value: unknown, defaultRole: string): ReadMessage[] | null {
  if (typeof value !== 'string' || value === '') return null;
  if (!TURN.test(value)) return [{ role: defaultRole, content: value }];
  const turns: { role: string; lines: string[] }[] = [];
  for (const line of value.split('\n')) {
    const begun = TURN.exec(line);
    if (begun === null) turns.at(-1)?.lines.push(line);
    else turns.push({ role: begun[1] ?? defaultRole, lines: [line.slice(begun[0].length)] });
  }
  return turns.map(({ role, lines }) => {
    const content = lines.join('\n');
    return { role, content: content === '' ? null : content };
  });
}
