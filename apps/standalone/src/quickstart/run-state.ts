import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { z } from 'zod';

const runState = z.object({
  /** What was asked for; another question is another run. */
  question: z.string(),
  runId: z.uuid(),
  finished: z.boolean(),
  jaegerPort: z.number(),
  openaiPort: z.number(),
  /** Start of the run, ISO 8601: the window that is read of a user's own Jaeger ends here, also after a restart. */
  openedAt: z.string(),
});
export type RunState = z.infer<typeof runState>;

/**
 * Remembers which run a data folder is in the middle of. After a crash the same question goes on under the same
 * idempotency keys; a finished one starts anew.
 */
export class RunStateFile {
  private readonly path: string;
  constructor(dataFolder: string) {
    this.path = join(dataFolder, 'quickstart.json');
  }

  async open(question: string, now: Date): Promise<RunState> {
    const last = await this.read();
    if (last?.question === question && !last.finished) return last;
    const ports = last?.question === question ? last : { jaegerPort: 0, openaiPort: 0 };
    const { jaegerPort, openaiPort } = ports;
    return { question, runId: v7(), finished: false, jaegerPort, openaiPort, openedAt: now.toISOString() };
  }

  async save(state: RunState): Promise<void> {
    const draft = `${this.path}.${process.pid}`;
    await writeFile(draft, JSON.stringify(state));
    await rename(draft, this.path);
  }

  private async read(): Promise<RunState | undefined> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    if (text === '') return undefined;
    const parsed = runState.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  }
}
