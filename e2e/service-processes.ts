import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@signalbox/database';
import { freePorts } from '@signalbox/testkit';
import { z } from 'zod';
import { newDataFolder, Program, removeFolder, type Ended } from './quickstart.process.js';

export const PROCESSES = {
  gateway: { service: 'gateway', role: null },
  ingest: { service: 'ingest', role: 'all' },
  'labeling api': { service: 'labeling', role: 'api' },
  'labeling worker': { service: 'labeling', role: 'worker' },
  embedding: { service: 'embedding', role: 'all' },
  training: { service: 'training', role: 'all' },
  registry: { service: 'registry', role: 'all' },
} as const;
export type ProcessName = keyof typeof PROCESSES;
export const NAMES = Object.keys(PROCESSES) as ProcessName[];

/** Long enough for seven programs to start at once on two busy cores. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

const logLine = z.object({
  level: z.enum(['fatal', 'error', 'warn', 'log', 'debug']),
  timestamp: z.number(),
  message: z.string(),
  service: z.string(),
  requestId: z.string().optional(),
  jobId: z.string().optional(),
  job: z.string().optional(),
});
export type LogLine = z.infer<typeof logLine>;

/** @throws Error when the line is not the JSON that docs/services.md promises */
function parseLogLine(line: string): LogLine {
  try {
    return logLine.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`no line of a log: ${line}`, { cause: error });
  }
}

/** Five services in seven processes, each started and told its environment as an operator would, on one PostgreSQL and one folder. */
export class ServiceProcesses {
  private readonly lives = new Map<ProcessName, Program[]>();

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    private readonly variables: ReadonlyMap<string, string>,
    private readonly ports: ReadonlyMap<ProcessName, number>,
  ) {}

  /** Starts PostgreSQL and runs `npm run migrate`; none of the processes. */
  static async prepare(): Promise<ServiceProcesses> {
    const folder = await newDataFolder();
    const [databasePort = 0, ...free] = await freePorts(1 + NAMES.length);
    const postgres = await startEmbeddedPostgres({
      dataDir: join(folder, 'postgres'),
      logFile: join(folder, 'postgres.log'),
      port: databasePort,
    });
    const variables = new Map([
      ['OBJECT_STORE_URL', pathToFileURL(join(folder, 'objects')).href],
      ['SIGNALBOX_SECRET_KEY', randomBytes(32).toString('hex')],
    ]);
    const ports = new Map(NAMES.map((name, n) => [name, free[n] ?? 0]));
    const prepared = new ServiceProcesses(folder, postgres, variables, ports);
    const { code, stdout, stderr } = await new Program(['migrate'], { DATABASE_URL: postgres.adminUrl }).end();
    for (const [, variable = '', address = ''] of stdout.matchAll(/^(\w+)=(.+)$/gm)) variables.set(variable, address);
    if (code === 0) return prepared;
    await prepared.close();
    throw new Error(`migrate ended with ${code}: ${stderr}`);
  }

  get adminUrl(): string {
    return this.postgres.adminUrl;
  }

  url(name: ProcessName, path = '/graphql'): string {
    return `http://127.0.0.1:${this.ports.get(name)}${path}`;
  }

  start(name: ProcessName): void {
    const program = new Program([`start-${PROCESSES[name].service}`], this.environmentOf(name));
    this.lives.set(name, [...(this.lives.get(name) ?? []), program]);
  }

  /** Until `/readyz` answers so, with its body. */
  async ready(name: ProcessName, seen: (status: number, body: string) => boolean = (status) => status === 200) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(this.url(name, '/readyz')).catch(() => null);
      const body = (await answer?.text()) ?? '';
      if (answer && seen(answer.status, body)) return body;
      if (Date.now() > deadline)
        throw new Error(`${name} is not as awaited: ${answer?.status} ${body}\n${this.output(name)}`);
      await delay(LOOK_MS);
    }
  }

  /** SIGTERM. @returns how it ended, and after how long */
  async stop(name: ProcessName): Promise<Ended & { tookMs: number }> {
    const program = this.lives.get(name)?.at(-1);
    if (!program) throw new Error(`${name} was not started`);
    const began = performance.now();
    program.stop();
    const ended = await program.end();
    return { ...ended, tookMs: performance.now() - began };
  }

  /** All that the process has written, in all its lives, to both streams. */
  output(name: ProcessName): string {
    return this.streams(name).join('');
  }

  /** Lines that are done; the last one of a stream may be half written. @throws Error when one is no line of a log */
  lines(name: ProcessName): LogLine[] {
    return this.streams(name).flatMap((text) => text.split('\n').slice(0, -1).map(parseLogLine));
  }

  async close(): Promise<void> {
    const programs = [...this.lives.values()].flat();
    for (const program of programs) program.killGroup();
    await Promise.all(programs.map((program) => program.end()));
    await this.postgres.stop();
    await removeFolder(this.folder);
  }

  private streams(name: ProcessName): string[] {
    return (this.lives.get(name) ?? []).flatMap((program) => program.streams());
  }

  /** What docs/services.md lists for it, and nothing of another service. */
  private environmentOf(name: ProcessName): Record<string, string> {
    const { service, role } = PROCESSES[name];
    const prefix = service.toUpperCase();
    const port = String(this.ports.get(name));
    const variables: Record<string, string> = { HOST: '127.0.0.1', LOG_LEVEL: 'debug' };
    if (role === null) {
      for (const other of NAMES) {
        if (PROCESSES[other].role === null || PROCESSES[other].role === 'worker') continue;
        variables[`${PROCESSES[other].service.toUpperCase()}_URL`] = this.url(other);
      }
      return { ...variables, PORT: port };
    }
    for (const variable of [`${prefix}_DATABASE_URL`, 'QUEUE_URL', 'OBJECT_STORE_URL', 'SIGNALBOX_SECRET_KEY'])
      variables[variable] = this.variables.get(variable) ?? '';
    // The sample's backends are on this machine.
    return { ...variables, [`${prefix}_PORT`]: port, ROLE: role, OUTBOUND_ALLOW: 'loopback' };
  }
}
