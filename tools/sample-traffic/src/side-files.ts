import { CANDIDATES } from './candidates.js';
import { Draw, hashOf } from './draw.js';
import { problemOf } from './problems.js';
import { SAMPLE_NOTICE } from './spans.js';
import type { SampleCall, Traffic } from './traffic.js';

/** Of the prompts that one of the metrics can score; about 35 % of all prompts. */
const SHARE_WITH_TRUTH = 0.38;
const FEEDBACK_SHARE = 600 / 4400;
const HUMAN_SHARE = 120 / 4400;

/** The metric that compares an answer with the ground truth as the task does; null where none does. */
const METRICS = { text: 'exact_match', number: 'numeric', choice: 'multiple_choice', keywords: null } as const;

interface Feedback {
  traceId: string;
  userId: string;
  /** 1 for a thumb up, 0 for a thumb down. */
  score: 0 | 1;
}

export interface GroundTruth {
  query: string;
  answer: string;
  metric: string;
}

interface HumanLabel {
  traceId: string;
  spanId: string;
  score: number;
}

export interface SideFiles {
  feedback: readonly Feedback[];
  groundTruth: readonly GroundTruth[];
  humanLabels: readonly HumanLabel[];
}

const queryOf = (call: SampleCall): string => call.turns.at(-1)?.content ?? '';
const answeredIn = (traffic: Traffic): SampleCall[] =>
  traffic.calls.filter((call) => call.answer !== null && call.contentLogged && !call.withTools);

/** A fixed number of calls, in an order that has nothing to do with the calls. */
function some(calls: readonly SampleCall[], key: string, count: number): SampleCall[] {
  return calls
    .map((call) => ({ call, rank: hashOf(key, call.traceId) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ call }) => call);
}

/** Thumbs follow the answer but not closely, and who is annoyed speaks up more often. */
function feedbackOn(traffic: Traffic): Feedback[] {
  const willing = answeredIn(traffic).filter((call) =>
    new Draw('willing', call.traceId).chance(call.answer?.score === 1 ? 0.7 : 1),
  );
  return some(willing, 'feedback', Math.round(traffic.calls.length * FEEDBACK_SHARE)).map((call) => ({
    traceId: call.traceId,
    userId: call.userId,
    score: new Draw('thumb', call.traceId).chance(0.12 + 0.76 * (call.answer?.score ?? 0)) ? 1 : 0,
  }));
}

/** People agree with the truth except for a slip now and then. */
function humanLabelsOn(traffic: Traffic): HumanLabel[] {
  return some(answeredIn(traffic), 'human', Math.round(traffic.calls.length * HUMAN_SHARE)).map((call) => {
    const score = call.answer?.score ?? 0;
    const slip = new Draw('human', call.traceId).chance(0.04);
    return { traceId: call.traceId, spanId: call.spanId, score: slip ? (score === 1 ? 0.5 : score + 0.5) : score };
  });
}

function groundTruthOf(traffic: Traffic): GroundTruth[] {
  return [...new Set(traffic.calls.map(queryOf))].flatMap((query) => {
    const problem = problemOf(query);
    const metric = problem === null ? null : METRICS[problem.solution.comparison];
    if (problem === null || metric === null || !new Draw(traffic.seed, 'ground truth', query).chance(SHARE_WITH_TRUTH))
      return [];
    return [{ query, answer: problem.solution.answer, metric }];
  });
}

export function sideFilesOf(traffic: Traffic): SideFiles {
  return { feedback: feedbackOn(traffic), groundTruth: groundTruthOf(traffic), humanLabels: humanLabelsOn(traffic) };
}

const lines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify({ sample: SAMPLE_NOTICE, ...row })}\n`).join('');

const candidatesFile = (): string =>
  JSON.stringify({
    sample: SAMPLE_NOTICE,
    candidates: CANDIDATES.map(
      ({ name, aliases, inputPrice, outputPrice, maxInputTokens, maxOutputTokens, capabilities }) => ({
        name,
        aliases,
        inputPrice,
        outputPrice,
        maxInputTokens,
        maxOutputTokens,
        capabilities,
      }),
    ),
  });

/** The files an application would keep beside its traces. Each says in its first field what it is. */
export const SAMPLE_FILES: readonly { path: string; contentType: string; body(files: SideFiles): string }[] = [
  { path: '/sample/feedback.jsonl', contentType: 'application/x-ndjson', body: ({ feedback }) => lines(feedback) },
  {
    path: '/sample/ground-truth.jsonl',
    contentType: 'application/x-ndjson',
    body: ({ groundTruth }) => lines(groundTruth),
  },
  {
    path: '/sample/human-labels.jsonl',
    contentType: 'application/x-ndjson',
    body: ({ humanLabels }) => lines(humanLabels),
  },
  { path: '/sample/candidates.json', contentType: 'application/json', body: candidatesFile },
];
