import { answerTo, inputTokensOf, type SampleAnswer, type Turn } from './answers.js';
import { CANDIDATE_NAMES, CANDIDATES } from './candidates.js';
import { Draw, hashOf } from './draw.js';
import { NAMES, PLACES, TEAMS, WEEKDAYS } from './families/vocabulary.js';
import { decide, type Decision } from './policy.js';
import { compose, problemOf } from './problems.js';
import type { Scenario } from './skills.js';

export interface TrafficOptions {
  seed: number;
  scenario: Scenario;
  /** LLM calls; other traces come on top. */
  calls: number;
}

/** How the gateway of those weeks wrote its spans: the seed's names, then LiteLLM's two generations. */
export type Dialect = 'seed' | 'litellm-a' | 'litellm-b';

export interface SampleCall {
  traceId: string;
  /** The span that reports the LLM call. */
  spanId: string;
  /** Microseconds since the epoch, UTC: when the gateway received the request. */
  startUs: number;
  dialect: Dialect;
  sessionId: string | null;
  userId: string;
  turns: readonly Turn[];
  family: string;
  decisionId: string;
  decision: Decision;
  /** Null when the call failed. */
  answer: SampleAnswer | null;
  failure: 'RateLimitError' | 'InternalServerError' | 'Timeout' | null;
  seconds: number;
  inputTokens: number;
  withTools: boolean;
  contentLogged: boolean;
  costLogged: boolean;
}

/** A trace without any LLM call: a health check or a list of models. */
export interface OtherTrace {
  traceId: string;
  spanId: string;
  startUs: number;
  route: string;
}

export interface Traffic {
  seed: number;
  scenario: Scenario;
  /** ISO 8601, UTC; every span starts in [from, to). */
  from: string;
  to: string;
  /** By start. */
  calls: readonly SampleCall[];
  others: readonly OtherTrace[];
}

const TRAFFIC_FROM = '2026-03-02T00:00:00.000Z';
export const TRAFFIC_TO = '2026-04-13T00:00:00.000Z';
const FROM_US = Date.parse(TRAFFIC_FROM) * 1000;
const TO_US = Date.parse(TRAFFIC_TO) * 1000;
const SECOND = 1e6;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** Days after the start on which the gateway was upgraded. */
const GENERATION_A_DAY = 15;
const GENERATION_B_DAY = 30;

const CONVERSATION_SHARE = 0.09;
/** A conversation has three calls on average. */
const CALLS_PER_START = 1 + 2 * CONVERSATION_SHARE;
const REPEATED_SHARE = 0.06;
const REWORDED_SHARE = 0.055;
const FAILED_SHARE = 0.025;
const UNLOGGED_SHARE = 0.02;
const TOOL_SHARE = 0.042;
const TOOL_FAMILIES: readonly string[] = ['arithmetic', 'unit_conversion', 'date_arithmetic'];

/** Hours from the start during which a candidate was out of service. */
const OUTAGES: readonly { candidate: string; from: number; to: number }[] = [
  { candidate: 'coder-medium', from: 200, to: 212 },
  { candidate: 'poet-medium', from: 590, to: 606 },
  { candidate: 'swift-mini', from: 861, to: 868 },
];

const availableAt = (startUs: number): readonly string[] => {
  const hour = (startUs - FROM_US) / HOUR;
  return CANDIDATE_NAMES.filter(
    (name) => !OUTAGES.some((out) => out.candidate === name && hour >= out.from && hour < out.to),
  );
};

const dialectAt = (startUs: number): Dialect => {
  const day = (startUs - FROM_US) / DAY;
  return day < GENERATION_A_DAY ? 'seed' : day < GENERATION_B_DAY ? 'litellm-a' : 'litellm-b';
};

/** Office hours are busy, nights and weekends are not. */
const busyness = (us: number): number => {
  const at = new Date(us / 1000);
  const weekend = at.getUTCDay() % 6 === 0 ? 0.35 : 1;
  return weekend * (0.15 + 0.85 * Math.exp(-(((at.getUTCHours() - 13) / 4.5) ** 2)));
};

function startTimes(draw: Draw, count: number): number[] {
  const times: number[] = [];
  // A margin at the end keeps the later turns of a conversation inside the weeks.
  while (times.length < count) {
    const at = FROM_US + Math.floor(draw.unit() * (TO_US - FROM_US - HOUR));
    if (draw.chance(busyness(at))) times.push(at);
  }
  return times.sort((a, b) => a - b);
}

const OPENINGS: readonly ((draw: Draw) => string)[] = [
  (draw) =>
    `${draw.pick(NAMES)} from the ${draw.pick(TEAMS)} team in ${draw.pick(PLACES)} sent this on ${draw.pick(WEEKDAYS)}. `,
  (draw) => `Ticket ${draw.int(1000, 99_999)}, opened by ${draw.pick(NAMES)} (${draw.pick(TEAMS)}): `,
  (draw) => `Hello, ${draw.pick(NAMES)} here, working in ${draw.pick(TEAMS)} at the ${draw.pick(PLACES)} office. `,
  (draw) => `Our ${draw.pick(TEAMS)} colleague ${draw.pick(NAMES)} asked for help before ${draw.pick(WEEKDAYS)}. `,
  (draw) => `Request no. ${draw.int(100, 9999)} for the ${draw.pick(PLACES)} branch, ${draw.pick(TEAMS)} desk. `,
  (draw) => `Forwarded from ${draw.pick(PLACES)} by ${draw.pick(NAMES)}, due ${draw.pick(WEEKDAYS)}: `,
];
const CLOSINGS: readonly ((draw: Draw) => string)[] = [
  (draw) => ` Regards, ${draw.pick(NAMES)} (${draw.pick(TEAMS)}, ${draw.pick(PLACES)}).`,
  (draw) => ` ${draw.pick(NAMES)} is waiting for it in ${draw.pick(PLACES)}.`,
  (draw) => ` Reference: ${draw.pick(TEAMS)}/${draw.int(100, 9999)}.`,
];
const REWORDINGS: readonly ((text: string) => string)[] = [
  (text) => `Please help me with this. ${text}`,
  (text) => `${text} Thank you!`,
  (text) => `Hi! ${text}`,
  (text) => `${text} Thanks in advance.`,
];

function newPrompt(draw: Draw): string {
  const opening = draw.chance(0.35) ? draw.pick(OPENINGS)(draw) : '';
  const body = compose(draw);
  return opening + body + (draw.chance(0.2) ? draw.pick(CLOSINGS)(draw) : '');
}

/** How many of the latest prompts a repetition is drawn from: repetitions come days later at most, as in real use. */
const MEMORY = 250;

function firstPrompt(draw: Draw, recent: readonly string[]): string {
  const luck = draw.unit();
  if (recent.length > 20 && luck < REPEATED_SHARE) return draw.pick(recent);
  if (recent.length > 20 && luck < REPEATED_SHARE + REWORDED_SHARE) return draw.pick(REWORDINGS)(draw.pick(recent));
  return newPrompt(draw);
}

interface Conversation {
  id: string | null;
  userId: string;
  decisionId: string;
  decision: Decision;
  withTools: boolean;
}

function callOf(
  seed: number,
  scenario: Scenario,
  startUs: number,
  key: string,
  turns: readonly Turn[],
  talk: Conversation,
): SampleCall {
  const draw = new Draw(seed, 'call', key);
  const answer = answerTo(seed, scenario, candidateOf(talk), turns, `logged ${key}`);
  const family = problemOf(turns.at(-1)?.content ?? '')?.family ?? '';
  const failure = draw.chance(FAILED_SHARE)
    ? draw.pick(['RateLimitError', 'InternalServerError', 'Timeout'] as const)
    : null;
  const dialect = dialectAt(startUs);
  return {
    traceId: hashOf(seed, 'trace', key).slice(0, 32),
    spanId: hashOf(seed, 'span', key).slice(0, 16),
    startUs,
    dialect,
    sessionId: talk.id,
    userId: talk.userId,
    turns,
    family,
    decisionId: talk.decisionId,
    decision: talk.decision,
    answer: failure === null ? answer : null,
    failure,
    seconds: failure === 'Timeout' ? 60 : failure === null ? (answer?.seconds ?? 0) : 0.2 + draw.unit(),
    inputTokens: inputTokensOf(turns),
    withTools: talk.withTools,
    contentLogged: failure !== null || !draw.chance(UNLOGGED_SHARE),
    // Generation B breaks its costs down on most spans; before it, only some deployments knew their price.
    costLogged: draw.chance(dialect === 'litellm-b' ? 0.85 : 0.55),
  };
}

const candidateOf = (talk: Conversation) => {
  const found = CANDIDATES.find((candidate) => candidate.name === talk.decision.candidate);
  if (found === undefined) throw new RangeError(`no candidate ${talk.decision.candidate}`);
  return found;
};

/** Sample traffic of six weeks: the same options give the same bytes. */
export function generateTraffic({ seed, scenario, calls }: TrafficOptions): Traffic {
  const made: SampleCall[] = [];
  const recent: string[] = [];
  const starts = startTimes(new Draw(seed, 'starts'), Math.ceil(calls / CALLS_PER_START));
  for (let index = 0; made.length < calls; index += 1) {
    const startUs =
      starts[index] ?? FROM_US + Math.floor(new Draw(seed, 'late start', index).unit() * (TO_US - FROM_US - HOUR));
    made.push(...conversation(seed, scenario, index, startUs, recent, calls - made.length));
  }
  const others = startTimes(new Draw(seed, 'others'), Math.ceil(calls / 80)).map((startUs, index) => ({
    traceId: hashOf(seed, 'other trace', index).slice(0, 32),
    spanId: hashOf(seed, 'other span', index).slice(0, 16),
    startUs,
    route: index % 3 === 0 ? 'GET /v1/models' : 'GET /health/readiness',
  }));
  made.sort((a, b) => a.startUs - b.startUs);
  return { seed, scenario, from: TRAFFIC_FROM, to: TRAFFIC_TO, calls: made, others };
}

function conversation(
  seed: number,
  scenario: Scenario,
  index: number,
  firstUs: number,
  recent: string[],
  limit: number,
): SampleCall[] {
  const draw = new Draw(seed, 'conversation', index);
  const long = draw.chance(CONVERSATION_SHARE);
  const length = Math.min(long ? draw.int(2, 4) : 1, limit);
  const first = firstPrompt(draw, recent);
  const family = problemOf(first)?.family ?? '';
  const withTools = !long && TOOL_FAMILIES.includes(family) && draw.chance(TOOL_SHARE);
  const able = CANDIDATES.filter((candidate) => !withTools || candidate.capabilities.includes('tools')).map(
    ({ name }) => name,
  );
  const available = availableAt(firstUs).filter((name) => able.includes(name));
  const talk: Conversation = {
    id: long ? `session-${hashOf(seed, 'session', index).slice(0, 12)}` : null,
    userId: `user-${draw.int(1, 180)}`,
    decisionId: hashOf(seed, 'decision', index).slice(0, 24),
    decision: decide(draw, family, available),
    withTools,
  };
  const turns: Turn[] = draw.chance(0.4)
    ? [{ role: 'system', content: 'You answer questions of the office briefly. (sample traffic)' }]
    : [];
  const made: SampleCall[] = [];
  let startUs = firstUs;
  for (let turn = 0; turn < length; turn += 1) {
    const prompt =
      turn === 0
        ? first
        : `Thanks. ${draw.pick(['Another one:', 'Next question:', 'And this one:'])} ${compose(draw, draw.chance(0.75) ? family : undefined)}`;
    recent.push(prompt);
    if (recent.length > MEMORY) recent.shift();
    turns.push({ role: 'user', content: prompt });
    const call = callOf(seed, scenario, startUs, `${index}.${turn}`, [...turns], talk);
    made.push(call);
    // Who gets no answer does not go on.
    if (call.answer === null) break;
    turns.push({ role: 'assistant', content: call.answer.text });
    startUs += Math.floor((call.seconds + 15 + draw.unit() * 120) * SECOND);
  }
  return made;
}
