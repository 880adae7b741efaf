/**
 * Requests to one API at once. An LLM answers in seconds, so that fewer would leave the run waiting, and more than a small
 * gateway admits (LiteLLM's default for a key is a few dozen) would only be told to come back later.
 */
export const IN_FLIGHT = 16;
/** More than one process keeps busy. */
export const MOST_IN_FLIGHT = 64;

/**
 * Does `work` for every item, at most `limit` at once; items that have yet to be read are read while others are worked on. After a
 * failure or an abort no further item is begun, those begun end, and the first failure is thrown.
 */
export async function inFlight<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failed = false;
  const runner = async (): Promise<void> => {
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        if (failed || signal?.aborted) return;
        await work(next.value);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: limit }, runner));
  await iterator.return?.();
  const failure = ended.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
}
