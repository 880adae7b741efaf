import { open, type FileHandle } from 'node:fs/promises';

/** Text that is held before it is written. */
const HELD_CHARACTERS = 1 << 16;

/** A file of JSON lines, written as they come. */
export class LineFile {
  lines = 0;
  private held: string[] = [];
  private characters = 0;

  private constructor(private readonly file: FileHandle) {}

  static async create(path: string): Promise<LineFile> {
    return new LineFile(await open(path, 'wx'));
  }

  async write(value: object): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    this.held.push(line);
    this.lines += 1;
    this.characters += line.length;
    if (this.characters >= HELD_CHARACTERS) await this.flush();
  }

  async close(): Promise<void> {
    await this.flush();
    await this.file.close();
  }

  private async flush(): Promise<void> {
    await this.file.appendFile(this.held.join(''), 'utf8');
    [this.held, this.characters] = [[], 0];
  }
}
