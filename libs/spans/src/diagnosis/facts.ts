import type { ExtractedCall } from '@signalbox/contracts';
import { answeredCalls, mostFrequent, placeOf, shownName, type Sample, type Seen } from './sample.js';

/** Tempo cuts what is longer, by bytes of UTF-8, and loses up to three at a character that it cuts in two. */
const TEMPO_BYTES = 2048;
const NAMES_SHOWN = 3;
/** Fewer calls tell nothing of the share of failures. */
const ENOUGH_CALLS = 20;
const NANOS_PER_SECOND = 1_000_000_000n;

const seenOf = (calls: readonly ExtractedCall[], isMissed: (call: ExtractedCall) => boolean): Seen => ({
  places: calls.filter(isMissed).map(placeOf),
  of: calls.length,
});

/** Of what was cut nothing may be left to read, which is another matter. */
export function contentAbsent(sample: Sample): Seen {
  const answered = answeredCalls(sample).filter(({ truncated }) => !truncated);
  const hasAnswer = ({ response, toolCalls }: ExtractedCall) => response !== null || (toolCalls?.length ?? 0) > 0;
  const noPrompt = answered.filter(({ query }) => query === null).length;
  const noAnswer = answered.filter((call) => !hasAnswer(call)).length;
  const seen = seenOf(answered, (call) => call.query === null || !hasAnswer(call));
  return { ...seen, detail: `${noPrompt} have no prompt and ${noAnswer} have no answer` };
}

/** Cut texts, and the length at which most of them end. */
export function contentCut({ spans, extraction: { calls } }: Sample): Seen {
  const seen = seenOf(calls, ({ truncated }) => truncated);
  if (seen.places.length === 0) return seen;
  const cut = new Set(seen.places.map(({ traceId, spanId }) => `${traceId}:${spanId ?? ''}`));
  const longest = spans
    .filter(({ traceId, spanId }) => cut.has(`${traceId}:${spanId}`))
    .map(({ attributes }) =>
      Object.values(attributes).reduce((most: number, value) => Math.max(most, bytesOf(value)), 0),
    )
    .map((bytes) => (bytes > TEMPO_BYTES - 4 && bytes <= TEMPO_BYTES ? TEMPO_BYTES : bytes));
  const [most] = mostFrequent(longest.map(String));
  if (most === undefined || most[1] < 2) return seen;
  return { ...seen, detail: `the longest attribute of ${most[1]} of them has ${most[0]} bytes` };
}

export function tokensAbsent(sample: Sample): Seen {
  return seenOf(
    answeredCalls(sample),
    ({ inputTokens, outputTokens }) => inputTokens === null || outputTokens === null,
  );
}

export function costUnknown(sample: Sample): Seen {
  const { models } = sample;
  return seenOf(answeredCalls(sample), (call) => (models === null ? call.costUsd === null : !models(call).hasCost));
}

export function modelAbsent(sample: Sample): Seen {
  return seenOf(answeredCalls(sample), (call) => modelOf(call) === null);
}

/** Null where the candidates are not known. */
export function modelUnknown({ models, extraction: { calls } }: Sample): Seen | null {
  if (models === null) return null;
  const named = calls.filter((call) => modelOf(call) !== null);
  const unknown = named.filter((call) => !models(call).isCandidate);
  const names = mostFrequent(unknown.map((call) => modelOf(call) ?? '')).map(([name]) => name);
  return { places: unknown.map(placeOf), of: named.length, detail: `no candidate is called ${listed(names)}` };
}

/** Decisions of a router without the probability of what it chose. */
export function propensityAbsent({ extraction: { calls } }: Sample): Seen {
  return seenOf(calls.filter(isDecided), ({ propensity }) => propensity === null);
}

export function decisionsAbsent({ extraction: { calls } }: Sample): Seen {
  return seenOf(calls, (call) => !isDecided(call));
}

export function sessionAbsent({ extraction: { calls } }: Sample): Seen {
  return seenOf(calls, ({ sessionId }) => sessionId === null);
}

export function userAbsent({ extraction: { calls } }: Sample): Seen {
  return seenOf(calls, ({ userId }) => userId === null);
}

export function servicesSeveral({ extraction: { calls } }: Sample): Seen {
  const services = mostFrequent(calls.flatMap(({ serviceName }) => serviceName ?? []));
  const first = services[0]?.[0] ?? null;
  const seen = seenOf(calls, ({ serviceName }) => serviceName !== null && serviceName !== first);
  return { ...seen, detail: `calls come from ${listed(services.map(([name]) => name))}` };
}

/** Formats without resources (payloads, exports) name no service, and lack nothing. */
export function serviceUnnamed({ spans, extraction: { calls } }: Sample): Seen {
  const withResource = new Set(
    spans.filter((span) => Object.keys(span.resourceAttributes).length > 0).map(({ traceId }) => traceId),
  );
  return seenOf(calls, ({ serviceName, traceId }) =>
    serviceName === null ? withResource.has(traceId) : /^unknown_service(?::|$)/.test(serviceName),
  );
}

/** Where failures are most of what is there, something has left out what went well. */
export function mostlyFailures({ extraction: { calls } }: Sample): Seen {
  const seen = seenOf(calls, ({ status }) => status === 'ERROR' || status === 'TIMEOUT');
  return calls.length >= ENOUGH_CALLS && seen.places.length > calls.length / 2 ? seen : { places: [], of: seen.of };
}

export function emitterDeprecated({ extraction: { calls } }: Sample): Seen {
  return seenOf(calls, ({ dialect }) => dialect === 'litellm-traceloop');
}

/** One call that comes as several: the same id of the gateway, or the same words and tokens at the same time in another trace. */
export function reportedTwice({ extraction: { calls } }: Sample): Seen {
  // A cache answers with the words, and in some releases the id, of an earlier call.
  const answered = calls.filter(({ status }) => status === 'OK');
  const again = new Map<string, ExtractedCall>();
  const byWords = Map.groupBy(
    answered.filter(({ query, response }) => query !== null && response !== null),
    ({ query, response, inputTokens, outputTokens }) => JSON.stringify([query, response, inputTokens, outputTokens]),
  );
  for (const same of byWords.values()) {
    for (const [index, call] of same.entries()) {
      const before = same[index - 1];
      if (before !== undefined && before.traceId !== call.traceId && isMeanwhile(before, call))
        again.set(call.id, call);
    }
  }
  const byRequest = Map.groupBy(
    answered.filter(({ requestId }) => requestId !== null),
    ({ requestId }) => requestId,
  );
  for (const same of byRequest.values()) for (const call of same.slice(1)) again.set(call.id, call);
  return { places: [...again.values()].map(placeOf), of: answered.length };
}

/** Two emitters note the same moment, one of them perhaps in whole seconds. */
function isMeanwhile(before: ExtractedCall, call: ExtractedCall): boolean {
  const slack = before.dialect === call.dialect ? 0n : NANOS_PER_SECOND;
  const end = startOf(before) + BigInt(Math.round(before.responseTimeSeconds * Number(NANOS_PER_SECOND)));
  return startOf(call) < end + slack;
}

const modelOf = ({ requestModel, responseModel }: ExtractedCall): string | null => responseModel ?? requestModel;

const isDecided = ({ decisionId, chosenCandidate, routerVersion, probabilities, propensity }: ExtractedCall): boolean =>
  [decisionId, chosenCandidate, routerVersion, probabilities, propensity].some((fact) => fact !== null);

const startOf = ({ startedAtUnixNano }: ExtractedCall): bigint => BigInt(startedAtUnixNano);
const bytesOf = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).map(shownName).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
