// One extraction of a million spans: the rate of its last tenth against its first, and the memory of the process.
import { setTimeout as delay } from 'node:timers/promises';
import { withServer } from '../queue/servers.mjs';
import { round } from '../statistics.mjs';
import { createSource, graph, jaegerOf, memoryOf } from './servers.mjs';
import { SPACING_MS, SPANS_OF_TRACE, START } from './traffic.mjs';

const GOAL = 0.9;
const LOOK_MS = 100;
const SPANS = 1_000_000;
const TENTHS = 10;

export async function extraction({ ingest, pid }, { tell }) {
  const path = 'ingest/last-tenth';
  const traces = SPANS / SPANS_OF_TRACE;
  tell(`${path}: ${SPANS.toLocaleString('en')} spans`);
  return withServer(jaegerOf(traces), async (endpoint) => {
    const sourceId = await createSource(ingest, { name: 'jaeger', kind: 'JAEGER', endpoint });
    const input = { sourceId, from: new Date(START), to: new Date(START + traces * SPACING_MS) };
    const asked = await graph(
      ingest,
      'mutation ($input: ExtractTracesInput!) { made: extractTraces(input: $input) { id } }',
      { input },
    );
    const follow =
      'query ($id: ID!) { extraction(id: $id) { status complete spansRead callsStored problem { code } } }';
    const look = async () => ({
      at: performance.now(),
      ...(await graph(ingest, follow, { id: asked.made.id })).extraction,
    });
    /** When each tenth was reached, and how many spans were read then. */
    const reached = [{ at: performance.now(), spansRead: 0 }];
    const memory = [];
    for (let state = await look(); ; state = await look()) {
      if (state.spansRead >= (reached.length * SPANS) / TENTHS) {
        reached.push(state);
        const { now, most } = await memoryOf(pid);
        memory.push(now);
        tell(
          `  ${state.spansRead.toLocaleString('en')} spans, ${round(now, 0)} MiB now, ${round(most, 0)} MiB at the most`,
        );
      }
      if (state.status === 'SUCCEEDED' && state.complete && state.callsStored === traces) break;
      if (!['QUEUED', 'RUNNING'].includes(state.status))
        throw new Error(`the extraction ended: ${JSON.stringify(state)}`);
      await delay(LOOK_MS);
    }
    const rates = reached
      .slice(1)
      .map(({ at, spansRead }, n) => ((spansRead - reached[n].spansRead) * 1_000) / (at - reached[n].at));
    const [first, last] = [rates[0], rates.at(-1)];
    return [
      {
        ...{
          path,
          ours: round(last, 0),
          peer: round(first, 0),
          unit: 'spans/s',
          ratio: round(last / first),
          goal: GOAL,
        },
        spread: [round(Math.min(...rates), 0), round(Math.max(...rates), 0)],
      },
      {
        ...{ path: 'ingest/memory', ours: round(memory.at(-1), 0), peer: round(memory[0], 0), unit: 'MiB', goal: null },
        ...{
          ratio: round(memory[0] / memory.at(-1)),
          spread: [round(Math.min(...memory), 0), round(Math.max(...memory), 0)],
        },
      },
    ];
  });
}
