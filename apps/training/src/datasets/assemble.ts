import { labelersIn, SignalboxError, type DatasetCell, type DatasetPart, type DatasetRow } from '@signalbox/contracts';
import { groupTexts, leakReport, planTimeSplit, randomGroupedSplit, textHash } from '@signalbox/datasets';
import { snapshotOf, type Snapshot } from './snapshot.js';
import type { DatasetRequest } from './dataset-request.js';

/** With fewer labelled prompts no setting can be told from another out of fold. */
const MIN_TRAIN_PROMPTS = 50;

/** A replayed answer that was scored. */
interface ReplayedCell {
  candidate: string;
  performance: number;
  labeler: string;
  /** `METRIC`, `HUMAN`, `JUDGE` or `FEEDBACK`; null when unknown. */
  kind: string | null;
  costUsd: number | null;
  inRandomSlice: boolean;
}

/** A call that can teach a router, with what is known of it. */
export interface KnownCall {
  id: string;
  /** With the fraction of a millisecond that the replay's plan has too. */
  startedAtMs: number;
  query: string;
  sessionId: string | null;
  /** Candidate that answered. */
  candidate: string;
  /** Candidate that the serving policy chose, before retries and fallbacks; null where it did not say. */
  chosen: string | null;
  propensity: number | null;
  /** By candidate. */
  probabilities: Record<string, number> | null;
  costUsd: number | null;
  responseTimeSeconds: number | null;
  performance: number | null;
  labeler: string | null;
  kind: string | null;
  /** Cells of one replay. */
  replayed: ReplayedCell[];
  /** What people and judges said of the logged answer; null where not both did. */
  checked: DatasetRow['checked'] | null;
}

export interface AssembleInput {
  calls: KnownCall[];
  candidates: string[];
  /** Candidates that cannot be asked now. */
  unavailable: string[];
  request: DatasetRequest;
  /** Id of the space that texts are embedded in. */
  embedding: string;
}

export interface Assembled extends Snapshot {
  prompts: number;
  outcomes: number;
  eligibleCalls: number;
  density: number;
  split: object;
  leakReport: object;
  leftOut: Record<string, number>;
  /** Cells of each judge, by `name@version`. */
  judged: Record<string, number>;
}

/**
 * Freezes calls into a dataset. Pure. The split is planned over every call given, labelled or not, with the parameters that the
 * replay was sampled with, so that both agree on what is test; the rows are those with an outcome.
 *
 * The time of a replayed answer was measured by us, on this machine and under this load: it is not part of a dataset, whose hash
 * says that the same data gives the same bytes. Times come from production alone.
 *
 * @throws SignalboxError NO_CALLS, NO_CANDIDATES, TOO_FEW_PROMPTS or TOO_FEW_LABELS, with what is missing; INTERNAL when train and
 *   test share anything, which the split is made to prevent
 */
export function assemble({ calls, candidates, unavailable, request, embedding }: AssembleInput): Assembled {
  if (calls.length === 0) throw new SignalboxError('NO_CALLS', 'No answered call with its text was found.');
  const { partOf, groups, cutMs } = planSplit(calls, request);
  const rows: DatasetRow[] = [];
  const leftOut = { callsWithoutOutcome: 0, propensitiesOfOtherChoice: 0 };
  for (const call of calls) {
    const row = rowOf(call, groups.get(call.id) ?? call.id, partOf.get(call.id) ?? 'train');
    if (row.logged === null && Object.keys(row.replayed).length === 0) {
      leftOut.callsWithoutOutcome += 1;
      continue;
    }
    if (fellBack(call)) leftOut.propensitiesOfOtherChoice += 1;
    rows.push(row);
  }
  refuseTooLittle(rows, partOf);
  const sessions = new Map(calls.flatMap(({ id, sessionId }) => (sessionId === null ? [] : [[id, sessionId]])));
  const leaks = leakReport(rows, { sessions, corpus: calls.map(({ query }) => query) });
  if (!leaks.clean) {
    const { groups, texts, nearDuplicateTests, conversations } = leaks.shared;
    throw new SignalboxError(
      'INTERNAL',
      `Train and test share ${groups} groups, ${texts} texts, ${nearDuplicateTests} near-duplicates and ` +
        `${conversations ?? 0} conversations: this dataset would flatter every router.`,
    );
  }
  const outcomes = rows.reduce((sum, row) => sum + cellsOf(row).length, 0);
  const labelKinds = labelKindsOf(calls);
  const facts = {
    candidates,
    unavailable,
    labelKinds,
    embedding,
    seed: request.seed,
    prompts: rows.length,
    outcomes,
    eligibleCalls: calls.length,
    split: {
      method: request.split,
      testShare: request.testShare,
      validationShare: 0,
      embargoSeconds: request.split === 'TIME' ? request.embargoSeconds : null,
      cut: cutMs === null ? null : new Date(cutMs).toISOString(),
      // Of all calls that the split was planned over; those of the rows are in the leak report.
      counts: countsOf(partOf),
    },
    leakReport: { ...leaks, parts: { ...leaks.parts }, shared: { ...leaks.shared } },
    leftOut,
  };
  const { split, leakReport: leakFacts } = facts;
  return {
    ...snapshotOf(rows, facts),
    ...{ outcomes, split, leakReport: leakFacts, leftOut },
    judged: judgedOf(rows, labelKinds),
    prompts: rows.length,
    eligibleCalls: calls.length,
    density: outcomes / (rows.length * candidates.length),
  };
}

/** Kind of every labeler of the calls. */
function labelKindsOf(calls: readonly KnownCall[]): Record<string, string> {
  const kinds = new Map<string, string>();
  for (const call of calls)
    for (const { labeler, kind } of [call, ...call.replayed])
      if (labeler !== null && kind !== null) kinds.set(labeler, kind);
  return Object.fromEntries(kinds);
}

function countsOf(partOf: ReadonlyMap<string, DatasetPart>): Record<DatasetPart, number> {
  const counts = { train: 0, test: 0, spanning: 0, embargo: 0 };
  for (const part of partOf.values()) counts[part] += 1;
  return counts;
}

interface Plan {
  groups: Map<string, string>;
  partOf: Map<string, DatasetPart>;
  cutMs: number | null;
}

function planSplit(calls: readonly KnownCall[], { split, testShare, embargoSeconds, seed }: DatasetRequest): Plan {
  const texts = calls.map(({ id, query, sessionId, startedAtMs }) => ({ id, text: query, sessionId, startedAtMs }));
  if (split === 'TIME') return planTimeSplit(texts, { testShare, embargoSeconds });
  const groups = groupTexts(texts);
  const parts = randomGroupedSplit(
    calls.map(({ id }) => groups.get(id) ?? id),
    { testShare, seed },
  );
  return { groups, partOf: new Map(calls.map(({ id }, i) => [id, parts[i] ?? 'train'])), cutMs: null };
}

function rowOf(call: KnownCall, group: string, part: DatasetPart): DatasetRow {
  const { id, query, startedAtMs, candidate, propensity, replayed } = call;
  const own = !fellBack(call);
  return {
    ...{ id, query, group, part },
    textHash: textHash(query),
    task: null,
    startedAt: Math.floor(startedAtMs),
    loggedCandidate: candidate,
    probabilities: own ? call.probabilities : null,
    logged: loggedCell(call, own ? propensity : null),
    replayed: Object.fromEntries(replayed.map((cell) => [cell.candidate, replayedCell(cell)])),
    inRandomSlice: replayed.length > 0 && replayed.every(({ inRandomSlice }) => inRandomSlice),
    ...(call.checked && { checked: call.checked }),
  };
}

/** A retry on another candidate answered: the propensity belongs to the choice, not to what was observed. */
function fellBack({ candidate, chosen }: KnownCall): boolean {
  return chosen !== null && chosen !== candidate;
}

function loggedCell(call: KnownCall, propensity: number | null): DatasetCell | null {
  const { performance, labeler, costUsd, responseTimeSeconds } = call;
  if (performance === null || labeler === null) return null;
  return {
    ...{ performance, labeler, source: 'logged' as const },
    ...(costUsd !== null && { costUsd }),
    ...(responseTimeSeconds !== null && { responseTimeSeconds }),
    ...(propensity !== null && { propensity }),
  };
}

function replayedCell({ performance, labeler, costUsd }: ReplayedCell): DatasetCell {
  return { performance, labeler, source: 'replayed', ...(costUsd !== null && { costUsd }) };
}

/** Of a candidate that was both logged and replayed the replayed cell counts. */
function cellsOf({ logged, loggedCandidate, replayed }: DatasetRow): DatasetCell[] {
  const again = loggedCandidate !== null && Object.hasOwn(replayed, loggedCandidate);
  return [...Object.values(replayed), ...(logged !== null && !again ? [logged] : [])];
}

function judgedOf(rows: readonly DatasetRow[], kinds: Readonly<Record<string, string>>): Record<string, number> {
  const judged = new Map<string, number>();
  for (const { labeler } of rows.flatMap(cellsOf)) {
    if (kinds[labeler] !== 'JUDGE') continue;
    for (const judge of labelersIn(labeler)) judged.set(judge, (judged.get(judge) ?? 0) + 1);
  }
  return Object.fromEntries(judged);
}

function refuseTooLittle(rows: readonly DatasetRow[], partOf: ReadonlyMap<string, DatasetPart>): void {
  const parts = [...partOf.values()];
  const inPart = (part: DatasetPart) => parts.filter((each) => each === part).length;
  const inTrain = inPart('train');
  if (inTrain < MIN_TRAIN_PROMPTS) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `The training part holds ${inTrain} prompts; ${MIN_TRAIN_PROMPTS - inTrain} more are needed. ` +
        `Of ${parts.length} prompts ${inPart('test')} are the test, and ${inPart('embargo')} are too close to it in time.`,
      'Read traces of a longer time with extractTraces, or give a shorter embargoSeconds.',
    );
  }
  const train = rows.filter(({ part }) => part === 'train');
  if (train.length < MIN_TRAIN_PROMPTS) {
    throw new SignalboxError(
      'TOO_FEW_LABELS',
      `The training part holds ${train.length} labelled prompts; ${MIN_TRAIN_PROMPTS - train.length} more are needed.`,
      'Label more calls with labelCalls or submitFeedback, or replay more prompts with replayCalls.',
    );
  }
  const observed = new Set(
    train.flatMap((row) => [...(row.logged ? [row.loggedCandidate] : []), ...Object.keys(row.replayed)]),
  );
  if (observed.size < 2) {
    throw new SignalboxError('NO_CANDIDATES', `Outcomes of ${observed.size} candidate are known; a choice takes two.`);
  }
}
