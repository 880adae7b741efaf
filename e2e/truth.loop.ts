import { type DatasetCell, type DatasetRow, type EvaluationRecord, type GateReportRecord } from '@signalbox/contracts';
import { planTimeSplit, sampleForReplay, textHash } from '@signalbox/datasets';
import {
  choose,
  DEFAULT_EXPLORATION,
  evaluate,
  fullyObserved,
  gate,
  matrixOf,
  predict,
  train,
  type GatePolicy,
  type TrainedRouter,
  type TrainingMatrix,
} from '@signalbox/routers';
import { generateTraffic, type SampleCall, type Scenario } from '@signalbox/sample-traffic';
import { truthOf } from '@signalbox/sample-traffic/truth';
import { answerTo, type SampleAnswer } from '../tools/sample-traffic/src/answers.js';
import { CANDIDATES } from '../tools/sample-traffic/src/candidates.js';
import { sideFilesOf } from '../tools/sample-traffic/src/side-files.js';
import { Labels, queryOf } from './truth.labels.js';
import { hashedVector } from './truth.vectors.js';

/** Fewer calls than the sample has by default, for speed; a larger share of them keeps the test larger than what is replayed of it. */
const CALLS = 2400;
const TEST_SHARE = 0.3;
const EMBARGO_SECONDS = 86_400;
/** As a retrain asks for by default. */
const TEST_PROMPTS = 400;
const TRAIN_PROMPTS = 300;

const CHEAPEST = 'swift-mini';
const NAMES = CANDIDATES.map(({ name }) => name);

type AnsweredCall = SampleCall & { answer: SampleAnswer };

/** What the generator knows about a policy: its expected label, over all prompts that a replay of unseen ones could have drawn. */
interface PolicyTruth {
  quality: number;
  gainOverBestSingle: number;
}

export interface LoopResult {
  /** Best first, so that the first is what would be registered. */
  routers: TrainedRouter[];
  bestSingle: string;
  report: EvaluationRecord;
  /** Of the first router against version 1, the best single candidate. */
  gateReport: GateReportRecord;
  /** The choices of the first router on every unseen prompt. */
  choices: readonly string[];
  /** By policy of the report. */
  truth: ReadonlyMap<string, PolicyTruth>;
}

/** The learning part of the loop on the sample traffic of a seed: split, replay, label, train, evaluate; then what is true. */
export function learn(seed: number, scenario: Scenario): LoopResult {
  const traffic = generateTraffic({ seed, scenario, calls: CALLS });
  const labels = new Labels(seed, sideFilesOf(traffic).groundTruth);
  const calls = traffic.calls.filter(isEligible);
  const { rows, unseen } = datasetOf(calls, labels, { seed, scenario });

  const vectors = new Map(calls.map(({ turns }) => [textHash(queryOf(turns)), hashedVector(queryOf(turns))]));
  const options = { labelKinds: labels.kinds };
  const matrixFor = (of: readonly DatasetRow[]) => matrixOf(of, NAMES, (hash) => vectors.get(hash), options).matrix;
  const trainRows = matrixFor(rows.filter(({ part }) => part === 'train'));
  const routers = train(trainRows, { types: ['knn', 'ridge'], seed, gatePrompts: TEST_PROMPTS });
  const [first] = routers;
  if (first === undefined) throw new Error('no router was trained');
  const { bestSingle } = first.model;
  const test = matrixFor(rows.filter(({ part, inRandomSlice }) => part === 'test' && inRandomSlice));
  const models = routers.map(({ model }) => ({ model, exploration: DEFAULT_EXPLORATION }));
  const report = evaluate({ models, test, bestSingle, cheapest: CHEAPEST, method: 'paired-replay' });

  const choiceOf = ({ model }: TrainedRouter, vector: Float32Array): string =>
    NAMES[choose(model, predict(model, vector), model.tradeoff)] ?? '';
  const choicesOf = (router: TrainedRouter) => unseen.map(({ query }) => choiceOf(router, hashedVector(query)));
  const hidden = truthOf(seed, scenario);
  const expected = new Map(
    NAMES.map((name) => [name, unseen.map(({ query }) => labels.expected(hidden, name, query))]),
  );
  const qualityOf = (choices: readonly string[]): number =>
    unseen.reduce((sum, { weight }, k) => sum + weight * (expected.get(choices[k] ?? '')?.[k] ?? NaN), 0);
  const single = (name: string): string[] => unseen.map(() => name);
  const policies: [string, string[], number][] = [
    ['logged', unseen.map(({ logged }) => logged), 0],
    ['cheapest', single(CHEAPEST), 0],
    ['bestSingle', single(bestSingle), 0],
    ...routers.map((router): [string, string[], number] => [
      router.type,
      choicesOf(router),
      DEFAULT_EXPLORATION.epsilon,
    ]),
  ];
  const explored = NAMES.reduce((sum, name) => sum + qualityOf(single(name)), 0) / NAMES.length;
  const truth = policies.map(([name, choices, epsilon]): [string, PolicyTruth] => {
    const quality = (1 - epsilon) * qualityOf(choices) + epsilon * explored;
    return [name, { quality, gainOverBestSingle: quality - qualityOf(single(bestSingle)) }];
  });
  return {
    ...{ routers, bestSingle, report, choices: choicesOf(first), truth: new Map(truth) },
    gateReport: gateOn(test, bestSingle, (vector) => choiceOf(first, vector)),
  };
}

/** On the replayed prompts of which every outcome is known. */
function gateOn(
  test: TrainingMatrix,
  bestSingle: string,
  choiceOf: (vector: Float32Array) => string,
): GateReportRecord {
  const { dim, candidates, groups, quality, costUsd, vectors } = test;
  const m = candidates.length;
  const complete = fullyObserved(
    test,
    candidates.map(() => true),
  );
  const rows = complete.flatMap((is, i) => (is ? [i] : []));
  const policy = (name: string, choices: readonly string[], { epsilon } = { epsilon: 0 }): GatePolicy => {
    const at = (values: Float64Array) =>
      rows.map((i, k) => {
        const chosen = values[i * m + candidates.indexOf(choices[k] ?? '')] ?? NaN;
        const explored = values.subarray(i * m, (i + 1) * m).reduce((sum, value) => sum + value, 0) / m;
        return (1 - epsilon) * chosen + epsilon * explored;
      });
    return { name, choices, quality: at(quality), costUsd: at(costUsd) };
  };
  const best = policy(
    'best single candidate',
    rows.map(() => bestSingle),
  );
  const challenger = policy(
    'challenger',
    rows.map((i) => choiceOf(vectors.subarray(i * dim, (i + 1) * dim))),
    DEFAULT_EXPLORATION,
  );
  return gate({
    ...{ challenger, champion: { ...best, name: 'version 1' }, bestSingle: best },
    groups: rows.map((i) => groups[i] ?? ''),
    gatesBefore: 0,
  });
}

/** Answered, with its text, and without tools: what can be asked again. */
function isEligible(call: SampleCall): call is AnsweredCall {
  return call.answer !== null && call.contentLogged && !call.withTools;
}

interface UnseenPrompt {
  query: string;
  logged: string;
  /** The chance that a replay draws this prompt, over the number of prompts drawn; adds up to 1. */
  weight: number;
}

function datasetOf(
  calls: readonly AnsweredCall[],
  labels: Labels,
  { seed, scenario }: { seed: number; scenario: Scenario },
): { rows: DatasetRow[]; unseen: UnseenPrompt[] } {
  const items = calls.map(({ spanId, turns, sessionId, startUs }) => ({
    id: spanId,
    text: queryOf(turns),
    sessionId,
    startedAtMs: startUs / 1000,
  }));
  const { groups, partOf } = planTimeSplit(items, { testShare: TEST_SHARE, embargoSeconds: EMBARGO_SECONDS });
  const placed = calls.map((call) => ({
    call,
    group: groups.get(call.spanId) ?? '',
    part: partOf.get(call.spanId) ?? 'train',
  }));
  const sample = sampleForReplay(
    placed.map(({ call, group, part }) => ({ id: call.spanId, group, part, needsTools: call.withTools })),
    { test: TEST_PROMPTS, train: TRAIN_PROMPTS, seed },
  );
  if (!sample.ok) throw new Error(sample.error.hint);
  const drawn = new Set(sample.value.prompts.map(({ id }) => id));

  const rows = placed.flatMap(({ call, group, part }): DatasetRow[] => {
    const replayed = drawn.has(call.spanId) ? replay(call, labels, { seed, scenario }) : {};
    const logged = loggedCell(call, labels);
    if (logged === null && Object.keys(replayed).length === 0) return [];
    const { spanId: id, turns, decision } = call;
    return [
      {
        ...{ id, query: queryOf(turns), textHash: textHash(queryOf(turns)), task: null, group, part, logged, replayed },
        startedAt: call.startUs / 1000,
        loggedCandidate: decision.candidate,
        probabilities: { ...decision.probabilities },
        inRandomSlice: drawn.has(id),
      },
    ];
  });

  // A replay draws groups, and one prompt of each: the report speaks of prompts drawn in that way.
  const tests = placed.filter(({ part }) => part === 'test');
  const sizes = Map.groupBy(tests, ({ group }) => group);
  const unseen = tests.map(({ call, group }) => ({
    query: queryOf(call.turns),
    logged: call.decision.candidate,
    weight: 1 / (sizes.size * (sizes.get(group)?.length ?? 1)),
  }));
  return { rows, unseen };
}

function loggedCell(
  { turns, answer, decision, costLogged, seconds }: AnsweredCall,
  labels: Labels,
): DatasetCell | null {
  const label = labels.label(turns, answer.text);
  if (label === null) return null;
  const { propensity } = decision;
  return {
    ...{ ...label, source: 'logged', propensity, responseTimeSeconds: seconds },
    ...(costLogged && { costUsd: answer.costUsd }),
  };
}

/** Every candidate is asked once more, as the answering server does. */
function replay(
  { turns }: AnsweredCall,
  labels: Labels,
  { seed, scenario }: { seed: number; scenario: Scenario },
): Record<string, DatasetCell> {
  return Object.fromEntries(
    CANDIDATES.flatMap((candidate): [string, DatasetCell][] => {
      const answer = answerTo(seed, scenario, candidate, turns, 'asked 0');
      const label = answer && labels.label(turns, answer.text);
      return label ? [[candidate.name, { ...label, source: 'replayed', costUsd: answer.costUsd }]] : [];
    }),
  );
}
