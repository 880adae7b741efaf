import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';

const SERVERS = fileURLToPath(new URL('../../../../tools/sample-traffic/dist/main.js', import.meta.url));

const listening = z.object({ jaegerUrl: z.url(), openaiUrl: z.url(), from: z.string(), to: z.string() });
export type SampleServers = z.infer<typeof listening> & { close(): void };

export interface SampleRequest {
  seed: number;
  scenario: string;
  /** 0 takes any free port. */
  jaegerPort: number;
  openaiPort: number;
}

/**
 * Starts the sample traffic's servers as a process of their own: the loop knows them by their addresses alone, as it would
 * know a real Jaeger and a real gateway. They end when this process does.
 */
export async function startSampleServers(request: SampleRequest): Promise<SampleServers> {
  const child = spawn(
    process.execPath,
    [
      SERVERS,
      ...['--seed', String(request.seed)],
      ...['--scenario', request.scenario],
      ...['--jaeger-port', String(request.jaegerPort)],
      ...['--openai-port', String(request.openaiPort)],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new SignalboxError('INTERNAL', `The sample traffic's servers ended with exit code ${String(code)}.`));
    });
  });
  failed.catch(() => undefined); // after the first line nobody waits for it
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const servers = listening.parse(JSON.parse(await Promise.race([firstLine, failed])));
  return { ...servers, close: () => child.kill() };
}

const jsonLines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

const feedbackLine = z.object({ traceId: z.string(), userId: z.string(), score: z.number() });
const humanLine = z.object({ traceId: z.string(), spanId: z.string(), score: z.number() });
const truthLine = z.object({ query: z.string(), answer: z.string(), metric: z.string() });
const candidateShape = z.object({
  name: z.string(),
  aliases: z.array(z.string()),
  inputPrice: z.number(),
  outputPrice: z.number(),
  maxInputTokens: z.number().nullish(),
  maxOutputTokens: z.number().nullish(),
  capabilities: z.array(z.string()).nullish(),
});

export interface ApplicationRecords {
  feedback: z.infer<typeof feedbackLine>[];
  humanLabels: z.infer<typeof humanLine>[];
  groundTruth: z.infer<typeof truthLine>[];
  candidates: z.infer<typeof candidateShape>[];
}

/** What an application keeps beside its traces: thumbs, answers that are known, people's verdicts, and its candidates. */
export async function readApplicationRecords(jaegerUrl: string): Promise<ApplicationRecords> {
  const read = async (name: string) => (await fetch(`${jaegerUrl}/sample/${name}`)).text();
  const rows = <T>(text: string, shape: z.ZodType<T>): T[] =>
    jsonLines(text).flatMap((line) => {
      const parsed = shape.safeParse(line);
      return parsed.success ? [parsed.data] : []; // the first line says that this is sample data
    });
  return {
    feedback: rows(await read('feedback.jsonl'), feedbackLine),
    humanLabels: rows(await read('human-labels.jsonl'), humanLine),
    groundTruth: rows(await read('ground-truth.jsonl'), truthLine),
    candidates: z.object({ candidates: z.array(candidateShape) }).parse(JSON.parse(await read('candidates.json')))
      .candidates,
  };
}
