import type {
  AsPeopleRecord,
  EvaluationRecord,
  ExplorationPolicy,
  FrontierPointRecord,
  PolicyResultRecord,
  ProblemRecord,
  Tradeoff,
} from '@signalbox/contracts';
import { choose } from './choose.js';
import { averageQuality, sweepTradeoffs, type PolicyPoint } from './frontier.js';
import { JudgeError, type AnswerPart, type CheckedAnswer, type Unchecked } from './judge-error.js';
import { boundedInterval, clusteredMean, pairedInterval, studentQuantile } from './intervals.js';
import { availableCandidates, fullyObserved, observedCandidates, type TrainingMatrix } from './matrix.js';
import type { FittedModel, Prediction } from './model.js';
import { loggedRows, offPolicy, problem, MIN_EFFECTIVE_SAMPLE_SIZE } from './off-policy.js';
import { predict } from './predict.js';
import { CORRECTED_FROM } from './prediction-powered.js';

/** Under this many fully observed prompts no paired comparison is shown. */
const MIN_PAIRED_PROMPTS = 30;
/** Share of the best single candidate's quality that a saving must keep. */
const KEPT_QUALITY = 0.98;

export interface EvaluatedModel {
  /** Name of the policy in the report; the router's type when absent. */
  policy?: string;
  model: FittedModel;
  /** The model's own when absent. */
  tradeoff?: Tradeoff;
  /** Blended into its quality, cost and shares: a deployed version explores. None when absent. */
  exploration?: ExplorationPolicy;
  /** By row: what a model reads that was trained on vectors of another space than those of the matrix. */
  vectorOf?: (id: string) => Float32Array;
}

export interface EvaluationInput {
  /** The routers to report on, the main one first: `aiq`, `unfamiliarShare` and the off-policy support are its. */
  models: readonly EvaluatedModel[];
  /** Rows that no model was trained on, with the candidates in the order of the models; policies choose among the available ones. */
  test: TrainingMatrix;
  /** Chosen on train. */
  bestSingle: string;
  /** Lowest mean cost on train. */
  cheapest: string;
  method: 'paired-replay' | 'outcome-matrix';
  /** What labelling and replaying cost in all, and the calls that this is spread over. Absent when nothing was bought. */
  spent?: { judgeUsd: number; replayUsd: number; calls: number };
  /** Logged answers that the judges and people scored, of any part of the data. None when absent. */
  checked?: readonly CheckedAnswer[];
}

/** What the record has no room for. */
export interface RouterFigures {
  aiq: number | null;
  /** Share of the best single candidate's cost saved by the cheapest point of the sweep with 98 % of its quality; 0 without one. */
  costSavedAt98: number | null;
  unfamiliarShare: number;
  frontier: FrontierPointRecord[];
}

export interface EvaluationDetail {
  record: EvaluationRecord;
  routers: Record<string, RouterFigures>;
  /** AIQ of the single candidates' own hull: what mixing candidates at random gets. */
  singlesHullAiq: number | null;
}

/** Of judges only the owner of the dataset knows. */
const NOTHING_TOLD = { judges: [], notes: [] };

/** {@link evaluateInDetail} without the figures that the record has no room for. */
export function evaluate(input: EvaluationInput): EvaluationRecord {
  return evaluateInDetail(input).record;
}

/**
 * Compares routers with the policy as logged, random, cheapest, best single and the oracle, prompt by prompt, on the rows on which every
 * candidate's outcome is known. Intervals are 95 %, clustered by group. With fewer than 30 such rows values come off-policy, doubly
 * robust, or are refused; a value that the data cannot support is in `refused` and never a number.
 *
 * Random is the expectation over a uniform choice, and so is the share epsilon of a router that explores; off-policy values are of the
 * greedy choice alone. Candidates that are not available are asked for nothing. Costs are compared on the rows of which every available
 * candidate's cost is known.
 */
export function evaluateInDetail(input: EvaluationInput): EvaluationDetail {
  const { test } = input;
  const available = availableCandidates(test);
  const observed = observedCandidates(test);
  const complete = fullyObserved(test, available);
  const rows = complete.flatMap((is, i) => (is ? [i] : []));
  const checked = input.checked ?? [];
  const routers = input.models.map((evaluated) => routerOf(evaluated, test, checked));
  const observedShare = test.n > 0 ? rows.length / test.n : 0;
  const support = supportOf(routers[0], test);
  const common = {
    observedShare,
    effectiveSampleSize: support?.effectiveSampleSize ?? null,
    unsupportedShare: support?.unsupportedShare ?? null,
    unfamiliarShare: routers[0] ? routers[0].unfamiliar / Math.max(test.n, 1) : null,
  };
  const allSeen = available.every((is, c) => !is || observed[c]);
  if (rows.length >= MIN_PAIRED_PROMPTS && allSeen) return paired(input, rows, routers, common);
  return { record: fromLogs(input, routers, common), routers: {}, singlesHullAiq: null };
}

type Support = Pick<EvaluationRecord, 'observedShare' | 'effectiveSampleSize' | 'unsupportedShare' | 'unfamiliarShare'>;

interface Router {
  policy: string;
  model: FittedModel;
  predictions: Prediction[];
  choices: Int32Array;
  epsilon: number;
  expected: Float64Array;
  unfamiliar: number;
  /** On the checked answers; -1 where the prompt has no vector. */
  checkedChoices: Int32Array;
}

function routerOf(
  { policy, model, tradeoff = model.tradeoff, exploration, vectorOf }: EvaluatedModel,
  test: TrainingMatrix,
  checked: readonly CheckedAnswer[],
): Router {
  const { n, dim, vectors } = test;
  const m = test.candidates.length;
  const predictions: Prediction[] = [];
  const choices = new Int32Array(n);
  const expected = new Float64Array(n * m);
  const available = availableCandidates(test);
  let unfamiliar = 0;
  for (let i = 0; i < n; i += 1) {
    const vector = vectorOf?.(test.ids[i] ?? '') ?? vectors.subarray(i * dim, (i + 1) * dim);
    const prediction = predict(model, vector);
    predictions.push(prediction);
    choices[i] = choose(model, prediction, tradeoff, available);
    expected.set(prediction.quality, i * m);
    if (!prediction.familiar) unfamiliar += 1;
  }
  const epsilon = exploration?.epsilon ?? 0;
  const checkedChoices = Int32Array.from(checked, ({ id, vector }) =>
    vector === null ? -1 : choose(model, predict(model, vectorOf?.(id) ?? vector), tradeoff, available),
  );
  return { policy: policy ?? model.type, model, predictions, choices, epsilon, expected, unfamiliar, checkedChoices };
}

/** A policy on the rows of the test matrix: one choice, but for a share that is spread evenly over the available candidates. */
interface Policy {
  name: string;
  /** Chosen candidate by row; -1 where it is unknown. Not read where epsilon is 1. */
  choices: ArrayLike<number>;
  epsilon: number;
  /** Of a router, on the checked answers. Absent where the choice does not depend on the prompt. */
  checkedChoices?: Int32Array;
}

function paired(
  input: EvaluationInput,
  rows: readonly number[],
  routers: readonly Router[],
  support: Support,
): EvaluationDetail {
  const { test, bestSingle, cheapest, method, spent } = input;
  const greedy = (name: string, choices: ArrayLike<number>): Policy => ({ name, choices, epsilon: 0 });
  const single = (name: string, candidate: string): Policy =>
    greedy(name, new Int32Array(test.n).fill(test.candidates.indexOf(candidate)));
  const best = single('bestSingle', bestSingle);
  const oracle = greedy('oracle', oracleChoices(test));
  const refused: ProblemRecord[] = [];
  const policies: Policy[] = [
    { name: 'random', choices: best.choices, epsilon: 1 },
    single('cheapest', cheapest),
    best,
    oracle,
    ...routers.map(({ policy, choices, epsilon, checkedChoices }) => ({
      ...{ name: policy, choices, epsilon, checkedChoices },
    })),
  ];
  // A candidate that is not available any more may have been logged without a score.
  const m = test.candidates.length;
  const loggedKnown = rows.filter((i) => !Number.isNaN(test.quality[i * m + (test.logged?.[i] ?? -1)] ?? NaN));
  const withLog = test.logged !== undefined && loggedKnown.length >= MIN_PAIRED_PROMPTS;
  const lab = new PairedRows(test, rows);
  const oracleQuality = lab.meanQuality(oracle, rows);
  const bestQuality = lab.meanQuality(best, rows);
  const people = new PeopleInstead(test, input.checked ?? []);
  let ofMain: CorrectedPolicy | Unchecked | null = null;
  const results: PolicyResultRecord[] = [];
  const logged = withLog && test.logged ? greedy('logged', test.logged) : null;
  if (logged) {
    policies.unshift(logged);
  } else if (test.logged) {
    refused.push(
      problem(
        'TOO_FEW_PROMPTS',
        `logged: the serving policy's choice is known on ${loggedKnown.length} of ${rows.length} compared prompts; ${MIN_PAIRED_PROMPTS} are needed.`,
      ),
    );
  }
  for (const policy of policies) {
    const { name, choices, epsilon } = policy;
    const on = policy === logged ? loggedKnown : rows;
    const quality = lab.qualities(policy, on);
    const clusters = on.map((i) => test.groups[i] ?? '');
    const base = lab.qualities(best, on);
    const gains = quality.map((value, k) => value - (base[k] ?? 0));
    const differ = on.map((i) => epsilon > 0 || choices[i] !== best.choices[i]);
    const mean = average(quality);
    const gain = average(gains);
    // The oracle chooses by the very scores that are to be corrected.
    const corrected = policy === oracle ? null : people.of(policy, on, best, { quality, gains, differ });
    results.push({
      policy: name,
      quality: mean,
      qualityCi95: boundedInterval(quality, clusters, [0, 1]),
      costUsdPerCall: lab.meanCost(policy, on),
      gainOverBestSingle: gain,
      gainCi95: pairedInterval(gains, clusters, differ),
      gapRecovered: oracleQuality > bestQuality ? gain / (oracleQuality - bestQuality) : null,
      share: shareOf(policy, on, test),
      savedNetUsdPerCall: logged && lab.savedNet(policy, logged, loggedKnown, spent),
      asPeople: corrected && 'record' in corrected ? corrected.record : null,
    });
    if (name === routers[0]?.policy) ofMain = corrected;
  }
  const available = availableCandidates(test);
  const choosable = test.candidates.filter((_, c) => available[c]);
  const singles: FrontierPointRecord[] = choosable.flatMap((name) => {
    const costUsdPerCall = lab.meanCost(single(name, name), rows);
    if (costUsdPerCall === null) return [];
    return [{ policy: name, tradeoff: null, quality: lab.meanQuality(single(name, name), rows), costUsdPerCall }];
  });
  const costs = singles.map(({ costUsdPerCall }) => costUsdPerCall);
  if (costs.length < choosable.length)
    refused.push(problem('TOO_FEW_LABELS', 'frontier: no compared prompt has the cost of every candidate.'));
  const range = [Math.min(...costs), Math.max(...costs)] as const;
  const figures: Record<string, RouterFigures> = {};
  for (const router of routers) {
    const frontier = sweepOf(router, lab, rows, available);
    const bestCost = lab.meanCost(best, rows);
    figures[router.policy] = {
      frontier,
      aiq: averageQuality(frontier, ...range),
      costSavedAt98: bestCost === null ? null : savedAt(frontier, KEPT_QUALITY * bestQuality, bestCost),
      unfamiliarShare: router.unfamiliar / Math.max(test.n, 1),
    };
  }
  const main = routers[0] ? figures[routers[0].policy] : undefined;
  return {
    record: {
      method,
      prompts: rows.length,
      groups: new Set(rows.map((i) => test.groups[i])).size,
      results,
      frontier: [...Object.values(figures).flatMap(({ frontier }) => frontier), ...singles],
      aiq: main?.aiq ?? null,
      ...support,
      refused,
      judges: [],
      notes: people.notes(rows, ofMain),
    },
    routers: figures,
    singlesHullAiq: averageQuality(singles, ...range),
  };
}

/** Quality and cost of policies on rows of which every available candidate's quality is known. */
class PairedRows {
  private readonly m: number;
  private readonly available: number[];
  private readonly costKnown: Set<number>;

  constructor(
    private readonly test: TrainingMatrix,
    rows: readonly number[],
  ) {
    this.m = test.candidates.length;
    this.available = availableCandidates(test).flatMap((is, c) => (is ? [c] : []));
    this.costKnown = new Set(
      rows.filter((i) => this.available.every((c) => !Number.isNaN(test.costUsd[i * this.m + c] ?? NaN))),
    );
  }

  qualities(policy: Policy, rows: readonly number[]): number[] {
    return rows.map((i) => this.at(this.test.quality, policy, i));
  }

  meanQuality(policy: Policy, rows: readonly number[]): number {
    return average(this.qualities(policy, rows));
  }

  /** Null where no cost is known. The candidate that was logged may have been retired since, and its cost with it. */
  meanCost(policy: Policy, rows: readonly number[]): number | null {
    const costs = rows.filter((i) => this.costKnown.has(i)).map((i) => this.at(this.test.costUsd, policy, i));
    const mean = average(costs);
    return Number.isNaN(mean) ? null : mean;
  }

  savedNet(policy: Policy, logged: Policy, rows: readonly number[], spent: EvaluationInput['spent']): number | null {
    const before = this.meanCost(logged, rows);
    const after = this.meanCost(policy, rows);
    if (before === null || after === null) return null;
    // The policy as logged needs neither judge nor replay.
    const overhead = policy === logged || !spent ? 0 : (spent.judgeUsd + spent.replayUsd) / Math.max(spent.calls, 1);
    return before - after - overhead;
  }

  private at(values: Float64Array, { choices, epsilon }: Policy, i: number): number {
    const chosen = epsilon < 1 ? (values[i * this.m + (choices[i] ?? -1)] ?? NaN) : 0;
    if (epsilon === 0) return chosen;
    return (1 - epsilon) * chosen + epsilon * average(this.available.map((c) => values[i * this.m + c] ?? NaN));
  }
}

/** What people would say of policies on compared rows, some of which judges scored. */
class PeopleInstead {
  private readonly available: number[];

  constructor(
    private readonly test: TrainingMatrix,
    private readonly checked: readonly CheckedAnswer[],
  ) {
    this.available = availableCandidates(test).flatMap((is, c) => (is ? [c] : []));
  }

  /** By the answers that people checked; null where no judge scored a row. */
  of(policy: Policy, rows: readonly number[], best: Policy, scores: Scores): CorrectedPolicy | Unchecked | null {
    if (!rows.some((i) => this.judgeOf(i) !== null)) return null;
    const error = new JudgeError(this.checked, policy.checkedChoices ?? null);
    const meanOf = (values: readonly number[], other: Policy | null, bounds: readonly [number, number]) =>
      error.mean(
        rows.map((i, k) => ({
          ...{ value: values[k] ?? NaN, group: this.test.groups[i] ?? '' },
          parts: this.partsOf(i, policy, other),
        })),
        bounds,
      );
    const quality = meanOf(scores.quality, null, [0, 1]);
    if ('judge' in quality) return quality;
    const same = { mean: 0, ci95: [0, 0] as [number, number] };
    const gain = scores.differ.includes(true) ? meanOf(scores.gains, best, [-1, 1]) : same;
    if ('judge' in gain) return gain;
    const record = {
      quality: quality.mean,
      qualityCi95: quality.ci95,
      gainOverBestSingle: gain.mean,
      gainCi95: gain.ci95,
    };
    return { record, answers: quality.answers };
  }

  /** Whose scores the numbers are, by what became of those of the main router. */
  notes(rows: readonly number[], main: CorrectedPolicy | Unchecked | null): string[] {
    const judges = Map.groupBy(rows, (i) => this.judgeOf(i));
    return [...judges].flatMap(([judge, own]) => {
      if (judge === null) return [];
      const scored = `The judge ${judge} scored the answers to ${own.length} of ${rows.length} compared prompts: quality, gain and their intervals are of its scores, whatever it is off by.`;
      if (main === null || 'record' in main)
        return `${scored} asPeople is what people would say, by ${main?.answers ?? 0} answers that both scored.`;
      return `${scored} What people would say cannot be told: they scored ${main.answers} of the answers of ${this.test.candidates[main.candidate]} that it scored, and ${CORRECTED_FROM} of each candidate are needed.`;
    });
  }

  private judgeOf(i: number): string | null {
    const yardstick = this.test.yardsticks?.[i];
    return yardstick?.kind === 'JUDGE' ? yardstick.name : null;
  }

  private partsOf(i: number, { choices, epsilon }: Policy, other: Policy | null): AnswerPart[] {
    const judge = this.judgeOf(i);
    if (judge === null) return [];
    const [chosen = -1, passed = -1] = [choices[i], other?.choices[i]];
    const greedy = epsilon < 1 && chosen !== passed ? 1 - epsilon : 0;
    const parts: AnswerPart[] = [{ judge, candidate: chosen, when: 'chosen', weight: greedy }];
    if (other !== null) {
      parts.push({ judge, candidate: passed, when: 'passed over', weight: -greedy });
      parts.push({ judge, candidate: passed, when: 'any', weight: -epsilon });
    }
    for (const candidate of this.available)
      parts.push({ judge, candidate, when: 'any', weight: epsilon / this.available.length });
    return parts.filter(({ weight }) => weight !== 0);
  }
}

interface Scores {
  quality: readonly number[];
  gains: readonly number[];
  /** Whether the policy differs from the best single candidate, by row. */
  differ: readonly boolean[];
}

interface CorrectedPolicy {
  record: AsPeopleRecord;
  /** Answers of people that it rests on. */
  answers: number;
}

/** The best outcome of each prompt, the cheapest among equals. */
function oracleChoices(test: TrainingMatrix): Int32Array {
  const m = test.candidates.length;
  const [first = 0, ...others] = availableCandidates(test).flatMap((is, c) => (is ? [c] : []));
  return Int32Array.from({ length: test.n }, (_, i) => {
    let best = first;
    for (const c of others) {
      const gain = (test.quality[i * m + c] ?? NaN) - (test.quality[i * m + best] ?? NaN);
      const cheaper = (test.costUsd[i * m + c] ?? NaN) < (test.costUsd[i * m + best] ?? NaN);
      if (gain > 0 || (gain === 0 && cheaper)) best = c;
    }
    return best;
  });
}

function sweepOf(
  { policy, model, predictions, epsilon }: Router,
  lab: PairedRows,
  rows: readonly number[],
  available: readonly boolean[],
): FrontierPointRecord[] {
  const points: FrontierPointRecord[] = [];
  const seen = new Set<string>();
  for (const usd of sweepTradeoffs(model.tensors.costMean?.data ?? [])) {
    const choices = Int32Array.from(predictions, (prediction) =>
      choose(model, prediction, { usd, seconds: 0 }, available),
    );
    const at = { name: policy, choices, epsilon };
    const key = rows.map((i) => choices[i]).join();
    const costUsdPerCall = lab.meanCost(at, rows);
    if (seen.has(key) || costUsdPerCall === null) continue;
    seen.add(key);
    points.push({ policy, tradeoff: usd, quality: lab.meanQuality(at, rows), costUsdPerCall });
  }
  return points;
}

function savedAt(points: readonly PolicyPoint[], quality: number, bestCost: number): number {
  const enough = points.filter((point) => point.quality >= quality);
  return Math.max(0, ...enough.map((point) => 1 - point.costUsdPerCall / bestCost));
}

function supportOf(
  router: Router | undefined,
  test: TrainingMatrix,
): { effectiveSampleSize: number; unsupportedShare: number } | null {
  if (!router || loggedRows(test).length === 0) return null;
  return offPolicy(test, router.policy, router.choices, router.expected).support;
}

/** What logs alone can say. */
function fromLogs(input: EvaluationInput, routers: readonly Router[], support: Support): EvaluationRecord {
  const { test, bestSingle, cheapest } = input;
  const m = test.candidates.length;
  const all = Array.from({ length: test.n }, (_, i) => i);
  const single = (name: string): Int32Array => new Int32Array(test.n).fill(test.candidates.indexOf(name));
  const refused: ProblemRecord[] = [
    problem(
      'ORACLE_UNAVAILABLE',
      'oracle: the best outcome of a prompt is known only where every candidate was asked.',
    ),
  ];
  const results: PolicyResultRecord[] = [];
  const answered = all.filter((i) => !Number.isNaN(test.quality[i * m + (test.logged?.[i] ?? -1)] ?? NaN));
  if (answered.length >= MIN_PAIRED_PROMPTS && test.logged) {
    const lab = new PairedRows(test, answered);
    const logged = { name: 'logged', choices: test.logged, epsilon: 0 };
    const quality = lab.qualities(logged, answered);
    results.push({
      ...unknownResult('logged', average(quality)),
      qualityCi95: boundedInterval(
        quality,
        answered.map((i) => test.groups[i] ?? ''),
        [0, 1],
      ),
      costUsdPerCall: loggedCost(test, answered),
      share: shareOf(logged, answered, test),
    });
  } else {
    refused.push(
      problem('TOO_FEW_LABELS', `logged: ${answered.length} labelled calls; ${MIN_PAIRED_PROMPTS} are needed.`),
    );
  }
  const outcomeModel = routers[0]?.expected;
  if (!outcomeModel)
    return {
      ...{ method: 'off-policy', prompts: 0, groups: 0, results, frontier: [], aiq: null, ...support, refused },
      ...NOTHING_TOLD,
    };
  const baseline = offPolicy(test, 'bestSingle', single(bestSingle), outcomeModel);
  const policies = [
    { name: 'cheapest', choices: single(cheapest), expected: outcomeModel },
    { name: 'bestSingle', choices: single(bestSingle), expected: outcomeModel },
    ...routers.map(({ policy, choices, expected }) => ({ name: policy, choices, expected })),
  ];
  for (const { name, choices, expected } of policies) {
    const report = offPolicy(test, name, choices, expected);
    if (report.refused || !report.doublyRobust) {
      if (report.refused) refused.push(report.refused);
      continue;
    }
    const gain = baseline.refused ? null : offPolicyGain(test, report, baseline, choices, single(bestSingle));
    results.push({
      ...unknownResult(name, report.doublyRobust.value),
      qualityCi95: report.doublyRobust.ci95,
      gainOverBestSingle: gain?.mean ?? null,
      gainCi95: gain?.ci95 ?? null,
      share: shareOf({ name, choices, epsilon: 0 }, report.used, test),
    });
  }
  return {
    method: 'off-policy',
    prompts: baseline.used.length,
    groups: new Set(baseline.used.map((i) => test.groups[i])).size,
    results,
    frontier: [],
    aiq: null,
    ...support,
    refused,
    ...NOTHING_TOLD,
    notes: judgedLogs(test, baseline.used),
  };
}

/** What is told of the judges who scored what was logged. */
function judgedLogs({ yardsticks }: TrainingMatrix, rows: readonly number[]): string[] {
  const judges = new Set(rows.flatMap((i) => (yardsticks?.[i]?.kind === 'JUDGE' ? yardsticks[i].name : [])));
  return [...judges]
    .sort()
    .map((judge) => `What logs say rests on scores of the judge ${judge}, whatever it is off by.`);
}

function offPolicyGain(
  test: TrainingMatrix,
  report: ReturnType<typeof offPolicy>,
  baseline: ReturnType<typeof offPolicy>,
  choices: ArrayLike<number>,
  best: ArrayLike<number>,
): { mean: number; ci95: [number, number] } {
  const same = report.used.every((i) => choices[i] === best[i]);
  if (same) return { mean: 0, ci95: [0, 0] };
  const differences = report.terms.map((term, k) => term - (baseline.terms[k] ?? 0));
  const { mean, standardError } = clusteredMean(
    differences,
    report.used.map((i) => test.groups[i] ?? ''),
  );
  const size = Math.min(report.support.effectiveSampleSize, baseline.support.effectiveSampleSize);
  const half = studentQuantile(0.975, Math.max(size, MIN_EFFECTIVE_SAMPLE_SIZE) - 1) * standardError;
  return { mean, ci95: [mean - half, mean + half] };
}

function unknownResult(policy: string, quality: number): PolicyResultRecord {
  return {
    policy,
    quality,
    qualityCi95: null,
    costUsdPerCall: null,
    gainOverBestSingle: null,
    gainCi95: null,
    gapRecovered: null,
    share: {},
    savedNetUsdPerCall: null,
  };
}

function loggedCost(test: TrainingMatrix, rows: readonly number[]): number | null {
  const m = test.candidates.length;
  const known = rows
    .map((i) => test.costUsd[i * m + (test.logged?.[i] ?? -1)] ?? NaN)
    .filter((cost) => !Number.isNaN(cost));
  return known.length === 0 ? null : average(known);
}

function shareOf({ choices, epsilon }: Policy, rows: readonly number[], test: TrainingMatrix): Record<string, number> {
  const { candidates } = test;
  const available = availableCandidates(test);
  const evenly = epsilon / Math.max(available.filter(Boolean).length, 1);
  const counts = candidates.map(() => 0);
  for (const i of rows) counts[choices[i] ?? 0]! += 1;
  return Object.fromEntries(
    candidates.map((name, c) => {
      const chosen = (counts[c] ?? 0) / Math.max(rows.length, 1);
      return [name, (1 - epsilon) * chosen + (available[c] && rows.length > 0 ? evenly : 0)];
    }),
  );
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k += 1) sum += values[k] ?? NaN;
  return sum / values.length;
}
