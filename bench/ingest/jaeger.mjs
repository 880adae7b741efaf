// A Jaeger of its own process, whose spans are made as they are asked for: node jaeger.mjs TRACES. Prints its address.
import { createServer } from 'node:http';
import { resourceSpansOf, SERVICE, SPACING_MS, spansOfTrace, START } from './traffic.mjs';

const traces = Number(process.argv[2]);
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
  const send = (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (pathname === '/api/v3/services') return send({ services: [SERVICE] });
  const limit = Number(searchParams.get('query.searchDepth'));
  const at = (name) => (Date.parse(searchParams.get(name)) - START) / SPACING_MS;
  const from = Math.max(0, Math.ceil(at('query.startTimeMin')));
  const to = Math.min(traces - 1, Math.floor(at('query.startTimeMax')));
  const found = Array.from({ length: Math.max(0, Math.min(limit, to - from + 1)) }, (_, n) => spansOfTrace(from + n));
  if (found.length === 0)
    return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"httpCode":404}}');
  return send({ result: { resourceSpans: resourceSpansOf(found.flat()) } });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
