import type { Readable } from 'node:stream';

/** What of a terminal is needed to read one key at a time. */
interface Terminal {
  isTTY?: boolean;
  setRawMode?: (raw: boolean) => unknown;
}

/** Reads keys one by one, without a return key where it is a terminal; `end` gives the terminal back as it was. */
export function keysOf(stdin: Readable & Terminal): { next: () => Promise<string | null>; end: () => void } {
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stdin.setRawMode?.(true);
  const keys = characters(stdin);
  return {
    next: async () => {
      const { value, done } = await keys.next();
      return done === true ? null : value;
    },
    end: () => {
      if (isTerminal) stdin.setRawMode?.(false);
      stdin.destroy();
    },
  };
}

async function* characters(stdin: Readable): AsyncGenerator<string, undefined> {
  stdin.setEncoding('utf8');
  // An arrow comes as several characters, of which the first is an escape: it is no key of ours.
  for await (const chunk of stdin) if (!String(chunk).startsWith('\u001b')) yield* String(chunk);
}
