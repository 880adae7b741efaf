// Ingest: from OTLP to durable rows, parsing, and one large extraction.
import { withServer } from '../queue/servers.mjs';
import { extraction } from './extraction.mjs';
import { otlpIn } from './otlp-in.mjs';
import { parse } from './parse.mjs';
import { INGEST } from './servers.mjs';

export async function measure({ runs, tell }) {
  return [
    ...parse({ runs, tell }),
    ...(await withServer(INGEST, (service) => otlpIn(service, { runs, tell }))),
    ...(await withServer(INGEST, (service) => extraction(service, { tell }))),
  ];
}
