// Parsing and normalising OTLP/JSON, and reading its calls, against JSON.parse alone on the same bytes.
import { extractCalls, parseOtlp, parseOtlpTraces } from '@signalbox/spans';
import { intervalOfMedian, median, round } from '../statistics.mjs';
import { protobufOf, resourceSpansOf, SPANS_OF_TRACE, spansOfTrace } from './traffic.mjs';

const GOAL = 0.8;
const TRACES = 256;
const PAIRS_OF_RUN = 60;

export function parse({ runs, tell }) {
  const spans = Array.from({ length: TRACES }, (_, n) => spansOfTrace(n, 3)).flat();
  const text = JSON.stringify({ resourceSpans: resourceSpansOf(spans) });
  const binary = protobufOf(spans);
  const read = (parsed) => {
    if (!parsed.ok || parsed.value.spans.length !== spans.length) throw new Error('the spans were not read');
    return parsed.value.spans;
  };
  const json = () => read(parseOtlp(JSON.parse(text)));
  const paths = [
    { path: 'ingest/parse-json', goal: GOAL, run: json },
    { path: 'ingest/parse-protobuf', goal: null, run: () => read(parseOtlpTraces(binary)) },
    { path: 'ingest/parse-json-and-extract', goal: null, run: () => extractCalls(json()) },
  ];
  return paths.map(({ path, goal, run }) => {
    tell(path);
    const pairs = Array.from({ length: runs * PAIRS_OF_RUN + 1 }, (_, n) => {
      const turns = { ours: run, peer: () => JSON.parse(text) };
      const pair = {};
      for (const side of n % 2 ? ['ours', 'peer'] : ['peer', 'ours']) {
        const from = performance.now();
        turns[side]();
        pair[side] = performance.now() - from;
      }
      return pair;
    }).slice(1);
    const ratios = pairs.map((pair) => pair.peer / pair.ours);
    tell(
      `  95 % interval of the ratio ${intervalOfMedian(ratios)
        .map((ratio) => round(ratio))
        .join(' to ')} with ${pairs.length} pairs`,
    );
    const rates = (side) => pairs.map((pair) => round((TRACES * SPANS_OF_TRACE * 1_000) / pair[side], 0));
    return {
      ...{
        path,
        ours: median(rates('ours')),
        peer: median(rates('peer')),
        unit: 'spans/s',
        ratio: round(median(ratios)),
        goal,
      },
      spread: [Math.min(...rates('ours')), Math.max(...rates('ours'))],
    };
  });
}
