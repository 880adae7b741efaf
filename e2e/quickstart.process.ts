import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../tools/launcher/run.mjs', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The last line of standard output, parsed; null when it is no JSON. */
  json: Report | null;
}

export interface Report {
  callsStored: number;
  callsDuplicate: number;
  callsSkipped: Record<string, number>;
  labels: Record<string, number>;
  replayCells: number;
  datasetHash: string;
  results: { policy: string; quality: number; gainOverBestSingle: number | null; gainCi95: [number, number] | null }[];
  gatePassed: boolean;
  championVersion: string;
  decision: { candidate: string; propensity: number; routerVersion: string };
  missing: { what: string; how: string }[];
}

export async function newDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'signalbox-e2e-'));
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** A program of the workspace in a process group of its own, as a shell would start it. */
export class Program {
  private readonly child: ChildProcess;
  private stdout = '';
  private stderr = '';
  private readonly watchers: { text: string; seen: () => void }[] = [];
  private readonly ended: Promise<number | null>;

  constructor(args: readonly string[], variables: Record<string, string>) {
    this.child = spawn(process.execPath, [LAUNCHER, ...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', ...variables },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.look();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.look();
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Until the program writes `text`, or ends. @returns all that it wrote until then */
  async until(text: string): Promise<string> {
    const seen = new Promise<void>((resolve) => this.watchers.push({ text, seen: resolve }));
    this.look();
    await Promise.race([seen, this.ended]);
    if (!this.said.includes(text)) throw new Error(`never said "${text}":\n${this.said.slice(-4000)}`);
    return this.said;
  }

  /** kill -9 of the program and everything in its group, unless it has ended. */
  killGroup(): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }

  /** As a supervisor does, which knows the program that it started. */
  stop(): void {
    this.child.kill('SIGTERM');
  }

  /** As Ctrl-C does: the terminal tells everything in the group. */
  interrupt(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT');
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whole lines that it has written so far, those of standard output first. */
  get lines(): string[] {
    return [this.stdout, this.stderr].flatMap((text) => text.split('\n').slice(0, -1));
  }

  get said(): string {
    return `${this.stdout}${this.stderr}`;
  }

  async end(): Promise<Ended> {
    const code = await this.ended;
    const last = this.stdout.trim().split('\n').at(-1) ?? '';
    return { code, stdout: this.stdout, stderr: this.stderr, json: last.startsWith('{') ? JSON.parse(last) : null };
  }

  /** Both streams, until now. */
  streams(): [stdout: string, stderr: string] {
    return [this.stdout, this.stderr];
  }

  private look(): void {
    for (const { text, seen } of this.watchers) if (this.said.includes(text)) seen();
  }
}

export function quickstart(dataFolder: string, ...args: string[]): Program {
  return new Program(['quickstart', '--once', '--json', '--port', '0', ...args], { SIGNALBOX_DATA: dataFolder });
}
