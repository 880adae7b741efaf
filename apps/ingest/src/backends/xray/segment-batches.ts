import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetTracesCommand, type Trace, type XRayClient } from '@aws-sdk/client-xray';
import { xrayTraceId } from '@signalbox/spans';
import { notAws } from '../aws/aws-failure.js';
import { asked, pagesOf } from '../aws/aws-pages.js';
import { addTraces, noTraces, readTraces, type FetchedTraces } from './fetched-traces.js';

const OPERATION = 'xray:BatchGetTraces';
export const TRACES_IN_BATCH = 5;
/** A trace that X-Ray does not process so many times is counted as missing. */
const ATTEMPTS = 6;
const FIRST_WAIT_MS = 100;

/** Segments of at most five traces; ids that X-Ray did not process are asked for again, and are partial in the end. */
export async function fetchBatch(
  client: XRayClient,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<FetchedTraces> {
  const fetched = noTraces();
  const known = new Map(ids.map((id) => [xrayTraceId(id), id]));
  let left = [...known.keys()];
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const { traces, unprocessed } = await askFor(client, left);
    addTraces(fetched, readTraces(OPERATION, { Traces: traces }));
    left = unprocessed.filter((id) => known.has(id));
    if (left.length === 0) break;
    if (attempt === ATTEMPTS) {
      for (const id of left) fetched.partial.add(known.get(id) ?? id);
      break;
    }
    await asked(OPERATION, () => pause(FIRST_WAIT_MS * 2 ** (attempt - 1), undefined, { signal }));
  }
  return fetched;
}

async function askFor(client: XRayClient, ids: string[]): Promise<{ traces: Trace[]; unprocessed: string[] }> {
  const traces: Trace[] = [];
  const unprocessed = new Set<string>();
  const ask = (token: string | undefined) =>
    client.send(new BatchGetTracesCommand({ TraceIds: ids, NextToken: token }));
  for await (const page of pagesOf(OPERATION, ask, ({ NextToken }) => NextToken)) {
    if (!page.Traces) throw notAws(OPERATION, 'Traces');
    for (const trace of page.Traces) traces.push(trace);
    for (const id of page.UnprocessedTraceIds ?? []) unprocessed.add(id);
  }
  return { traces, unprocessed: [...unprocessed] };
}
