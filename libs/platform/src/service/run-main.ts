import { SignalboxError } from '@signalbox/contracts';

/**
 * Runs a program: starts it, stops it on SIGINT, SIGTERM or SIGHUP, and tells an expected failure in two lines instead of a stack.
 */
export async function runMain(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  try {
    const running = await start();
    let closing = false;
    const stop = (signal: NodeJS.Signals) => {
      if (closing) return;
      closing = true;
      running.close().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`while stopping on ${signal}: ${String(error)}\n`);
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  } catch (error) {
    tellFailure(error);
    process.exit(1);
  }
}

/** Writes an error to standard error: code, message and next step when it was expected, else the stack. */
export function tellFailure(error: unknown): void {
  if (error instanceof SignalboxError) {
    process.stderr.write(`\n${error.code}: ${error.message}\n  Next: ${error.nextStep}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}
