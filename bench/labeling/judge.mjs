// A judge of its own process that takes 200 ms for each verdict: node judge.mjs MS. Prints its address; /inFlight tells how many
// requests it had at once, on average from the first to the last of them.
import { createServer } from 'node:http';

const ms = Number(process.argv[2]);
const content = JSON.stringify({ rationale: 'because', abstain: false, level: 3 });
const body = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
});
const headers = { 'content-type': 'application/json', 'x-litellm-response-cost': '0' };
const load = { now: 0, most: 0, area: 0, at: null, first: null };

function change(by) {
  const at = performance.now();
  load.first ??= at;
  load.area += load.now * (at - (load.at ?? at));
  load.at = at;
  load.now += by;
  load.most = Math.max(load.most, load.now);
}

const server = createServer((request, response) => {
  if (request.url === '/inFlight') {
    const { most, area, at, first } = load;
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ most, mean: area / (at - first), seconds: (at - first) / 1_000 }));
  }
  change(1);
  request.resume().on('end', () =>
    setTimeout(() => {
      change(-1);
      response.writeHead(200, headers).end(body);
    }, ms),
  );
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
