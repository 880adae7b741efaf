import { SignalboxError } from '@signalbox/contracts';
import { sourceFailure } from './aws-failure.js';

/** Pages until there is no token. One may be empty and have a token: AWS looks through time in shards. */
export async function* pagesOf<P>(
  operation: string,
  ask: (token: string | undefined) => Promise<P>,
  tokenOf: (page: P) => string | undefined,
): AsyncGenerator<P> {
  for (let token: string | undefined; ;) {
    const page = await asked(operation, () => ask(token));
    yield page;
    const next = tokenOf(page) || undefined;
    if (next === undefined) return;
    if (next === token)
      throw new SignalboxError('SOURCE_REFUSED', `${operation} gave the same token twice and would never end.`);
    token = next;
  }
}

/** @throws SignalboxError with a SOURCE_ code */
export async function asked<T>(operation: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw sourceFailure(operation, error);
  }
}
