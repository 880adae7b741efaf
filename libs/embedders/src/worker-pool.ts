import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

/** Loading a model again takes about half a second; a resting worker holds 130 MB or more. */
const IDLE_MS = 60_000;

export interface WorkerPool {
  /** Calls an exported function of the worker's file. Rejected once the pool is closed, with what was under way. */
  run(name: string, task: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** Below this library's folder of compiled files. */
  file: string;
  threads: number;
  /** What every worker is given once; a SharedArrayBuffer in it is not copied. */
  data?: unknown;
  /** Of one worker's JavaScript; models lie outside of it. */
  heapMb: number;
}

/** Threads that start with the first task and end when idle. */
export function workerPool({ file, threads, data, heapMb }: WorkerPoolOptions): WorkerPool {
  let failure: unknown;
  let closed = false;
  const pool = new Piscina<unknown, unknown>({
    // Workers run compiled JavaScript; a test runner loads this file from src.
    filename: fileURLToPath(
      new URL(import.meta.url.endsWith('.ts') ? `../dist/${file}` : `./${file}`, import.meta.url),
    ),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 16 },
    // Not this process's flags: heap limits and import conditions are meant for the main thread.
    execArgv: [],
    ...(data === undefined ? {} : { workerData: data }),
  });
  // A thread that dies outside of a task (its file is missing, it cannot start) would leave the queue waiting forever.
  pool.on('error', (error: unknown) => {
    failure ??= error;
    void pool.destroy();
  });
  return {
    async run(name, task) {
      if (closed) throw new Error('The worker pool is closed.');
      try {
        return await pool.run(task, { name });
      } catch (error) {
        if (closed) throw error;
        throw new Error('The embedding worker failed.', { cause: failure ?? error });
      }
    },
    async close() {
      closed = true;
      await pool.destroy();
    },
  };
}
