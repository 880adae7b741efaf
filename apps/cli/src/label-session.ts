import type { Writable } from 'node:stream';
import { SignalboxError } from '@signalbox/contracts';
import { BEST_LEVEL } from '@signalbox/scoring';
import { describeFailure } from './failures.js';
import type { CallToLabel } from './signalbox-api.js';

/** What the keys mean: the levels that a judge is asked for, in few words. */
const LEVELS = [
  'wrong, off the topic, empty or refused',
  'mostly wrong, some relevant content',
  'partly right',
  'correct in what matters, a small flaw',
  'correct and complete',
];
const LEGEND = `${LEVELS.map((level, key) => `  ${key}  ${level}`)
  .reverse()
  .join('\n')}\n  s skip, b back, m more, q quit\n`;
/** Of a text, until more is asked for; of turns before the last one an eighth, so that a long system prompt hides no question. */
const SHOWN = 4_000;
/** A model may answer with what moves the cursor, or hides what was printed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

export interface LabelTally {
  labelled: number;
  skipped: number;
}

export interface LabelSession {
  calls: readonly CallToLabel[];
  /** The next key that the person presses; null once there are no more. */
  nextKey: () => Promise<string | null>;
  /** @throws SignalboxError */
  submit: (callId: string, score: number) => Promise<void>;
  stdout: Writable;
  stderr: Writable;
}

/** Shows one answer after another without the name of its model, and takes a key for each; every key is stored at once. */
export async function labelSession({ calls, nextKey, submit, stdout, stderr }: LabelSession): Promise<LabelTally> {
  const scored = new Set<string>();
  const skipped = new Set<string>();
  for (let at = 0; at < calls.length;) {
    const call = calls[at];
    if (!call) break;
    stdout.write(shown(call, `${at + 1} of ${calls.length}`, SHOWN));
    const step = await decide(call);
    if (step === null) break;
    at = Math.max(0, at + step);
  }
  return { labelled: scored.size, skipped: skipped.size };

  /** How far to go on; null to end. */
  async function decide(call: CallToLabel): Promise<number | null> {
    for (;;) {
      const key = await nextKey();
      if (key === null || key === 'q' || key === '\u0003') return null;
      if (key === 'b') return -1;
      if (key === 'm') stdout.write(shown(call, 'all of it', Infinity));
      else if (key === 's') {
        if (!scored.has(call.id)) skipped.add(call.id);
        return 1;
      } else if (/^[0-4]$/.test(key)) {
        if (await stored(call.id, Number(key) / BEST_LEVEL)) return 1;
      } else if (key.trim() !== '') stdout.write('Press 0 to 4, s, b, m or q.\n');
    }
  }

  async function stored(callId: string, score: number): Promise<boolean> {
    try {
      await submit(callId, score);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      stderr.write(`${describeFailure(error)}The label is not stored: press the key again, or q.\n`);
      return false;
    }
    scored.add(callId);
    skipped.delete(callId);
    return true;
  }
}

function shown({ query, messages, response }: CallToLabel, place: string, limit: number): string {
  const earlier = messages.slice(0, -1).map(({ role, text }) => `[${role}] ${cut(text, limit / 8)}\n`);
  const [last] = messages.slice(-1);
  const asked =
    last && earlier.length > 0 ? `${earlier.join('')}[${last.role}] ${cut(last.text, limit)}` : cut(query, limit);
  const part = (title: string, text: string) => `--- ${title} ---\n${text.replace(CONTROL, ' ')}\n`;
  return `\n===== ${place} =====\n${part('prompt', asked)}${part('answer', cut(response, limit))}\n${LEGEND}`;
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}\n(${(text.length - limit).toLocaleString('en')} more characters: press m)`;
}
