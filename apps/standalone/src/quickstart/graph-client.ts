import { isErrorCode, SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';

const answer = z.object({
  data: z.unknown(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z.object({ code: z.string().optional(), nextStep: z.string().nullish() }).optional(),
      }),
    )
    .optional(),
});

/** Speaks to the gateway as any user would. */
export class GraphClient {
  constructor(readonly url: string) {}

  /** @throws SignalboxError with the code that the service gave, when the answer holds any error. */
  async ask<T>(query: string, variables: Record<string, unknown>, shape: z.ZodType<T>): Promise<T> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = answer.parse(await response.json());
    const first = errors?.[0];
    if (first) {
      const code = first.extensions?.code;
      throw new SignalboxError(
        isErrorCode(code) ? code : 'INTERNAL',
        first.message,
        first.extensions?.nextStep ?? undefined,
      );
    }
    return shape.parse(data);
  }
}
