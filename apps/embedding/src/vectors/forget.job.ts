import { Injectable } from '@nestjs/common';
import { Forgotten } from '@signalbox/database';
import type { JobContext } from '@signalbox/queue';
import { VectorsRepository } from './vectors.repository.js';

/** Calls of one transaction. For each, every text there is may have to be looked through, so that they are many. */
const CALLS = 10_000;

/** Removes the vectors of texts that no call asks any more. */
@Injectable()
export class ForgetJob {
  constructor(
    private readonly forgotten: Forgotten,
    private readonly vectors: VectorsRepository,
  ) {}

  isDue(): Promise<boolean> {
    return this.forgotten.isBehind('call');
  }

  /** Goes on until nothing is left; it may be stopped or killed between any two statements. */
  async run({ signal, fence }: JobContext): Promise<void> {
    const next = () =>
      this.forgotten.eraseNext('call', CALLS, fence, (manager, rows) =>
        this.vectors.forgetCalls(
          manager,
          rows.map(({ callId }) => callId),
        ),
      );
    while (!signal.aborted && (await next()) > 0);
  }
}
