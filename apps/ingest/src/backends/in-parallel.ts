/** Results of `work` on each item in any order, with so many under way at once; a failure ends it. */
export async function* inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running = new Map<number, Promise<{ key: number; result: R }>>();
  let next = 0;
  const start = () => {
    const key = next;
    const item = items[key];
    next += 1;
    if (item === undefined) return;
    const done = work(item).then((result) => ({ key, result }));
    done.catch(() => undefined); // the race tells of the first failure, and ends
    running.set(key, done);
  };
  while (next < items.length && running.size < atOnce) start();
  while (running.size > 0) {
    const { key, result } = await Promise.race(running.values());
    running.delete(key);
    if (next < items.length) start();
    yield result;
  }
}
