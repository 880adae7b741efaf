import { createReadStream } from 'node:fs';
import { SignalboxError } from '@signalbox/contracts';
import { systemCode } from '../failures.js';

const LINE_END = 10;
const PACKED = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: 'gunzip FILE' },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: 'unzstd FILE' },
];

/** A line of a file, from 1; `text` is null where its bytes are no UTF-8. */
export interface NumberedLine {
  number: number;
  text: string | null;
}

/**
 * The lines of a file, ended by "\n" alone: prompts hold U+2028 and the like, at which Node's own reader of lines would cut them.
 * Blank lines at the end are none.
 * @throws SignalboxError NOT_FOUND, or INVALID_INPUT for what cannot be read
 */
export async function* linesOf(path: string): AsyncGenerator<NumberedLine> {
  let blank: NumberedLine[] = [];
  for await (const line of everyLine(path)) {
    if (line.text?.trim() === '') blank.push(line);
    else {
      yield* blank;
      yield line;
      blank = [];
    }
  }
}

async function* everyLine(path: string): AsyncGenerator<NumberedLine> {
  let [number, carried] = [0, Buffer.alloc(0)];
  const numbered = (bytes: Buffer) => ({ number: (number += 1), text: textOf(bytes) });
  try {
    const chunks: AsyncIterable<Buffer> = createReadStream(path);
    for await (const chunk of chunks) {
      if (number === 0 && carried.length === 0) refusePacked(path, chunk);
      const bytes = Buffer.concat([carried, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
        yield numbered(bytes.subarray(start, end));
        start = end + 1;
      }
      carried = bytes.subarray(start);
    }
  } catch (cause) {
    const code = systemCode(cause);
    if (code === null) throw cause;
    if (code === 'ENOENT')
      throw new SignalboxError('NOT_FOUND', `There is no file ${path}.`, 'Check the path.', { cause });
    throw new SignalboxError('INVALID_INPUT', `${path} cannot be read (${code}).`, 'Name a readable file.', { cause });
  }
  if (carried.length > 0) yield numbered(carried);
}

function refusePacked(path: string, start: Uint8Array): void {
  const packer = PACKED.find(({ magic }) => magic.every((byte, k) => start[k] === byte));
  if (!packer) return;
  throw new SignalboxError('INVALID_INPUT', `${path} is packed by ${packer.name}.`, `Unpack it: ${packer.unpack}.`);
}

/** A byte order mark is left out. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
