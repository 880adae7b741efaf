import { SignalboxError } from '@signalbox/contracts';

export interface Running {
  close(): Promise<void>;
  /** What the program does once it is up. It stays up when there is none, or when this says so. */
  work?(): Promise<'stay up' | 'end'>;
}

/**
 * Runs a program: starts it, does its work, stops it on SIGINT, SIGTERM or SIGHUP whenever they come, and tells an expected failure
 * in two lines instead of a stack.
 */
export async function runMain(start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  let stopping: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = signal;
    // While it starts there is nothing yet that could be closed: the end of the start looks here.
    if (running) void end(running, `while stopping on ${signal}`);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const stopped = () => stopping !== undefined;
  try {
    running = await start();
    if (stopped()) await end(running, 'while stopping');
    if ((await running.work?.()) === 'end' && !stopped()) await end(running, 'while ending');
  } catch (error) {
    // What broke off because of the signal is no failure. A start that broke off has closed what it had opened.
    if (stopped() && running) return;
    if (stopped()) process.exit(0);
    tellFailure(error);
    await running?.close().catch(tellFailure);
    process.exit(1);
  }
}

async function end(running: Running, when: string): Promise<void> {
  try {
    await running.close();
  } catch (error) {
    process.stderr.write(`${when}: ${String(error)}\n`);
    process.exit(1);
  }
  process.exit(0);
}

/** Writes an error to standard error: code, message and next step when it was expected, else the stack. */
export function tellFailure(error: unknown): void {
  if (error instanceof SignalboxError) {
    process.stderr.write(`\n${error.code}: ${error.message}\n  Next: ${error.nextStep}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}
