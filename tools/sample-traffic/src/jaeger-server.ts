import { createServer, type Server } from 'node:http';
import { jsonReply, send, type Reply } from './reply.js';
import { SAMPLE_FILES, type SideFiles } from './side-files.js';
import { SERVICE_NAME } from './spans.js';
import { TraceStore, tracesBody, type TraceSearch } from './trace-search.js';
import type { Traffic } from './traffic.js';

/** As a store with a limit answers: asking for more is an error, never a shorter page. */
const MAX_DEPTH = 500;
const DEFAULT_DEPTH = 100;

type Parsed = { search: TraceSearch } | { status: number; message: string };

/** RFC 3339 with up to nine decimals, in nanoseconds since the epoch; null when it is none. */
export function nanosOf(text: string): bigint | null {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null) return null;
  const [, whole = '', decimals = '', zone = ''] = match;
  const ms = Date.parse(whole + zone);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1_000_000n + BigInt(decimals.padEnd(9, '0'));
}

/** Parameters are accepted in Jaeger's two spellings; those that this server does not know are refused, not ignored. */
function searchOf(query: URLSearchParams): Parsed {
  const bad = (message: string): Parsed => ({ status: 400, message });
  const read = (name: string): string | null =>
    query.get(`query.${name}`) ??
    query.get(`query.${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
  const known = ['serviceName', 'operationName', 'startTimeMin', 'startTimeMax', 'searchDepth', 'rawTraces'];
  const spelled = known.flatMap((name) => [
    `query.${name}`,
    `query.${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
  ]);
  const unknown = [...query.keys()].find((key) => ![...spelled, 'query.num_traces'].includes(key));
  if (unknown !== undefined) return bad(`malformed parameter ${unknown}: not supported by the sample server`);
  const min = read('startTimeMin');
  const max = read('startTimeMax');
  if (min === null || max === null) return bad('query.startTimeMin and query.startTimeMax are required');
  const fromNano = nanosOf(min);
  const toNano = nanosOf(max);
  if (fromNano === null) return bad(`malformed parameter query.startTimeMin: ${min}`);
  if (toNano === null) return bad(`malformed parameter query.startTimeMax: ${max}`);
  if (fromNano >= toNano) return bad('query.startTimeMin must be before query.startTimeMax');
  const depthText = read('searchDepth') ?? query.get('query.num_traces') ?? String(DEFAULT_DEPTH);
  if (!/^-?\d+$/.test(depthText)) return bad(`malformed parameter query.searchDepth: ${depthText}`);
  const depth = Number(depthText);
  if (depth <= 0 || depth > MAX_DEPTH) {
    return { status: 500, message: 'search depth must be greater than 0 and less than max traces' };
  }
  return { search: { fromNano, toNano, depth, operationName: read('operationName') } };
}

const failed = (httpCode: number, message: string): Reply => jsonReply(httpCode, { error: { httpCode, message } });

/** Every unknown path answers the page of the user interface with status 200, as a newer Jaeger does for `/api/traces`. */
const UI_PAGE =
  '<!doctype html><html><head><title>Jaeger UI (sample traffic)</title></head><body><div id="jaeger-ui-root"></div></body></html>';

function answerTraces(store: TraceStore, query: URLSearchParams): Reply {
  const parsed = searchOf(query);
  if ('message' in parsed) return failed(parsed.status, parsed.message);
  const service = query.get('query.serviceName') ?? query.get('query.service_name') ?? SERVICE_NAME;
  const traces = service === SERVICE_NAME ? store.find(parsed.search) : [];
  return traces.length === 0 ? failed(404, 'No traces found') : jsonReply(200, tracesBody(traces));
}

function answerTrace(store: TraceStore, traceId: string): Reply {
  if (!/^[0-9a-f]{1,32}$/i.test(traceId)) return failed(400, `malformed parameter trace_id: ${traceId}`);
  const trace = store.get(traceId.toLowerCase());
  return trace === null ? failed(404, 'No traces found') : jsonReply(200, tracesBody([trace]));
}

function answer(store: TraceStore, files: SideFiles, method: string, url: URL): Reply {
  if (method !== 'GET') return failed(405, 'only GET is answered');
  const file = SAMPLE_FILES.find(({ path }) => path === url.pathname);
  if (file !== undefined) return { status: 200, contentType: file.contentType, body: file.body(files) };
  if (url.pathname === '/api/v3/services') return jsonReply(200, { services: [SERVICE_NAME] });
  if (url.pathname === '/api/v3/operations') {
    const known = url.searchParams.get('service') === SERVICE_NAME;
    return jsonReply(200, { operations: known ? store.operations() : [] });
  }
  if (url.pathname === '/api/v3/traces') return answerTraces(store, url.searchParams);
  const [, traceId] = /^\/api\/v3\/traces\/([^/]+)$/.exec(url.pathname) ?? [];
  if (traceId !== undefined) return answerTrace(store, traceId);
  return { status: 200, contentType: 'text/html; charset=utf-8', body: UI_PAGE };
}

/** A server that speaks the stable part of Jaeger's query API, and hands out the files an application would have. */
export function jaegerServer(traffic: Traffic, files: SideFiles): Server {
  const store = new TraceStore(traffic);
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    send(response, answer(store, files, request.method ?? 'GET', url));
  });
}
