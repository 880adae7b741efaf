import { SignalboxError } from '@signalbox/contracts';

/**
 * Does work that heeds its signal, which is aborted when the time is up, and in any case at the end, so that nothing that was begun goes on.
 * The reason of the signal is a SignalboxError SOURCE_UNREACHABLE.
 */
export async function withinTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const timer = setTimeout(() => {
    ending.abort(new SignalboxError('SOURCE_UNREACHABLE', `The source gave no answer within ${ms / 1_000} seconds.`));
  }, ms);
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

/** @throws the reason of the signal, whatever then becomes of the promise, and what the promise rejects with */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
