import { setTimeout as pause } from 'node:timers/promises';
import {
  ListRetrievedTracesCommand,
  StartTraceRetrievalCommand,
  type RetrievedTrace,
  type XRayClient,
} from '@aws-sdk/client-xray';
import { SignalboxError } from '@signalbox/contracts';
import { xrayTraceId } from '@signalbox/spans';
import { asked, pagesOf } from '../aws/aws-pages.js';
import { readTraces, type FetchedTraces } from './fetched-traces.js';

const START = 'xray:StartTraceRetrieval';
const LIST = 'xray:ListRetrievedTraces';
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** Nothing is given before the whole retrieval is complete, which takes seconds. */
const PATIENCE_MS = 120_000;

/** Whole traces out of Transaction Search: a retrieval is started, and asked for until it is complete. */
export class TraceRetrieval {
  constructor(
    private readonly client: XRayClient,
    private readonly signal?: AbortSignal,
  ) {}

  /** @param ids at most five. @throws SignalboxError with a SOURCE_ code */
  async fetch(ids: readonly string[], from: number, to: number): Promise<FetchedTraces> {
    const start = new StartTraceRetrievalCommand({
      TraceIds: ids.map(xrayTraceId),
      StartTime: new Date(from),
      EndTime: new Date(to),
    });
    const { RetrievalToken: token } = await asked(START, () => this.client.send(start));
    const deadline = Date.now() + PATIENCE_MS;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const { status, traces } = await this.list(token);
      if (status === 'COMPLETE') return readTraces(LIST, { Traces: traces });
      if (status !== 'SCHEDULED' && status !== 'RUNNING')
        throw new SignalboxError('SOURCE_UNREACHABLE', `${LIST}: the retrieval ended as ${status}.`);
      if (Date.now() > deadline)
        throw new SignalboxError('SOURCE_UNREACHABLE', `${LIST}: the retrieval was still ${status} after two minutes.`);
      await asked(LIST, () => pause(wait, undefined, { signal: this.signal }));
    }
  }

  private async list(token: string | undefined): Promise<{ status: string; traces: RetrievedTrace[] }> {
    const traces: RetrievedTrace[] = [];
    let status = 'without a status';
    const ask = (next: string | undefined) =>
      this.client.send(new ListRetrievedTracesCommand({ RetrievalToken: token, TraceFormat: 'OTEL', NextToken: next }));
    for await (const page of pagesOf(LIST, ask, ({ NextToken }) => NextToken)) {
      status = page.RetrievalStatus ?? status;
      if (status !== 'COMPLETE') break;
      for (const trace of page.Traces ?? []) traces.push(trace);
    }
    return { status, traces };
  }
}
