import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line says of the work that wrote it. Ids alone: never text of prompts or answers. */
export interface LogContext {
  /** Whose work it is: several services may share a process. */
  service?: string;
  /** Of one request of a client, through the gateway and every service that it asks. */
  requestId?: string;
  /** Of the queue. */
  jobId?: string;
  /** Kind of the job and what it is about, e.g. `extract.0199...`. */
  job?: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that its log lines carry the ids, beside those that are there already. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, work);
}

/** The ids of a job. */
export function jobContext({ id, name, key }: { id: string; name: string; key: string }): LogContext {
  return { jobId: id, job: `${name}.${key}` };
}

export function logContext(): LogContext {
  return storage.getStore() ?? {};
}
