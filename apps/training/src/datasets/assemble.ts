import { createHash } from 'node:crypto';
import { labelersIn, SignalboxError, type DatasetCell, type DatasetPart, type DatasetRow } from '@signalbox/contracts';
import {
  datasetHead,
  datasetLine,
  leakReport,
  PromptCorpus,
  randomGroupedSplit,
  textHash,
  timeParts,
  type Json,
  type LeakReport,
  type OpenRecords,
  type PromptGroups,
} from '@signalbox/datasets';
import { spaceId, tfidfSvdSpace } from '@signalbox/embedders';
import { FITTED, fitEmbedder } from './fit-embedder.js';
import { metaText } from './snapshot.js';
import type { DatasetRequest } from './dataset-request.js';

/** With fewer labelled prompts no setting can be told from another out of fold. */
const MIN_TRAIN_PROMPTS = 50;
/** Characters. */
const WRITTEN_AT_ONCE = 1 << 16;

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

/** Calls that can be gone through again, each time in order of their ids. */
export interface KnownCalls {
  each(): Iterable<KnownCall>;
}

/** Prices of a candidate when the dataset was frozen, USD per million tokens; null when unknown. */
export interface FrozenPrice {
  inputPrice: number | null;
  outputPrice: number | null;
  cachedInputPrice: number | null;
}

/** What is not said by the calls. */
export interface FrozenFacts {
  /** In the order of the router, with their prices. */
  candidates: { name: string; available: boolean; price: FrozenPrice }[];
  request: DatasetRequest;
  /** Id of the space that texts are embedded in; {@link FITTED} for one that is fitted here. */
  embedding: string;
  /** By which labels became performances. */
  labelPolicy: Json;
}

export interface Assembled {
  /** sha256 of what was written. */
  hash: string;
  /** `meta.json`: the header of the dataset with its hash. */
  metaText: string;
  prompts: number;
  outcomes: number;
  eligibleCalls: number;
  density: number;
  split: object;
  leakReport: object;
  leftOut: Record<string, number>;
  /** Cells of each judge, by `name@version`. */
  judged: Record<string, number>;
  /** Id of the space that its texts are embedded in. */
  embedding: string;
  /** File of the embedder that was fitted on it; null where the space is one of the service's. */
  embedder: Uint8Array | null;
}

/** Where it works. */
export interface Workspace {
  open: OpenRecords;
  /** Takes the dataset's text, piece by piece. */
  write: (text: string) => void;
}

/**
 * Freezes calls into a dataset. The same calls and facts give the same text. The calls are gone through twice, and of each only some
 * numbers are kept between, so that memory stays flat. The split is planned over every call given, labelled or not, with the
 * parameters that the replay was sampled with, so that both agree on what is test; the rows are those with an outcome.
 *
 * The time of a replayed answer was measured by us, on this machine and under this load: it is not part of a dataset, whose hash
 * says that the same data gives the same bytes. Times come from production alone.
 *
 * @throws SignalboxError NO_CALLS, NO_CANDIDATES, TOO_FEW_PROMPTS or TOO_FEW_LABELS, with what is missing; INTERNAL when train and
 *   test share anything, which the split is made to prevent
 */
export function assemble(calls: KnownCalls, facts: FrozenFacts, { open, write }: Workspace): Assembled {
  const { request } = facts;
  const candidates = facts.candidates.map(({ name }) => name);
  const surveyed = survey(calls, open, candidates);
  const { corpus, counts, observed } = surveyed;
  if (corpus.size === 0) throw new SignalboxError('NO_CALLS', 'No answered call with its text was found.');
  const groups = corpus.groups();
  const { parts, cutMs } = partsOf(surveyed, groups, request);
  const partOfRow = parts.map((part, call) => (observed[call] === 0n ? null : part));
  refuseTooLittle(parts, partOfRow, observed);
  const leaks = leakReport(corpus, groups.groupOf, partOfRow);
  refuseLeaks(leaks);
  const embedder = facts.embedding === FITTED ? fitEmbedder(calls, partOfRow, request.seed) : null;
  const embedding = embedder ? spaceId(tfidfSvdSpace(embedder)) : facts.embedding;
  const meta = {
    candidates,
    prices: Object.fromEntries(facts.candidates.map(({ name, price }) => [name, { ...price }])),
    unavailable: facts.candidates.filter(({ available }) => !available).map(({ name }) => name),
    labelKinds: Object.fromEntries(counts.kinds),
    labelPolicy: facts.labelPolicy,
    filter: request.filter,
    embedding,
    seed: request.seed,
    prompts: leaks.rows,
    outcomes: counts.outcomes,
    eligibleCalls: corpus.size,
    split: {
      method: request.split,
      testShare: request.testShare,
      validationShare: 0,
      embargoSeconds: request.split === 'TIME' ? request.embargoSeconds : null,
      cut: cutMs === null ? null : new Date(cutMs).toISOString(),
      // Of all calls that the split was planned over; those of the rows are in the leak report.
      counts: countsOf(parts),
    },
    leakReport: { ...leaks, parts: { ...leaks.parts }, shared: { ...leaks.shared } },
    leftOut: { callsWithoutOutcome: corpus.size - leaks.rows, propensitiesOfOtherChoice: counts.fellBack },
  };
  const whole = createHash('sha256');
  let lines = datasetHead(meta, leaks.rows);
  const flush = () => {
    whole.update(lines, 'utf8');
    write(lines);
    lines = '';
  };
  let number = 0;
  for (const call of calls.each()) {
    const part = partOfRow[number];
    if (part) lines += datasetLine(rowOf(call, groups.nameOf(number), part));
    if (lines.length > WRITTEN_AT_ONCE) flush();
    number += 1;
  }
  flush();
  const hash = whole.digest('hex');
  const { split, leakReport: leakFacts, leftOut, prompts, outcomes, eligibleCalls } = meta;
  return {
    ...{ hash, split, leakReport: leakFacts, leftOut, prompts, outcomes, eligibleCalls },
    metaText: metaText(hash, meta),
    density: outcomes / (prompts * candidates.length),
    judged: Object.fromEntries(counts.judged),
    ...{ embedding, embedder },
  };
}

interface Surveyed {
  corpus: PromptCorpus;
  startedAtMs: number[];
  /** By call: a bit for each candidate whose outcome is known. */
  observed: bigint[];
  counts: {
    outcomes: number;
    /** Rows whose answer is not of the candidate that was chosen. */
    fellBack: number;
    /** Kind of every labeler of the calls. */
    kinds: Map<string, string>;
    judged: Map<string, number>;
  };
}

/** The first time through the calls. */
function survey(calls: KnownCalls, open: OpenRecords, candidates: readonly string[]): Surveyed {
  const bits = new Map(candidates.map((name, k) => [name, 1n << BigInt(k)]));
  const corpus = new PromptCorpus(open);
  const counts: Surveyed['counts'] = { outcomes: 0, fellBack: 0, kinds: new Map(), judged: new Map() };
  const surveyed: Surveyed = { corpus, startedAtMs: [], observed: [], counts };
  const cellsByLabeler = new Map<string, number>();
  let last = '';
  for (const call of calls.each()) {
    if (call.id <= last) throw new Error(`call ${call.id} comes after ${last}`);
    last = call.id;
    corpus.add({ text: call.query, sessionId: call.sessionId });
    surveyed.startedAtMs.push(call.startedAtMs);
    for (const { labeler, kind } of [call, ...call.replayed]) {
      if (labeler !== null && kind !== null) counts.kinds.set(labeler, kind);
    }
    const cells = cellsOf(call);
    for (const { labeler } of cells) cellsByLabeler.set(labeler, (cellsByLabeler.get(labeler) ?? 0) + 1);
    surveyed.observed.push(cells.reduce((seen, { candidate }) => seen | (bits.get(candidate) ?? 0n), 0n));
    counts.outcomes += cells.length;
    if (cells.length > 0 && fellBack(call)) counts.fellBack += 1;
  }
  for (const [labeler, cells] of cellsByLabeler) {
    if (counts.kinds.get(labeler) !== 'JUDGE') continue;
    for (const judge of labelersIn(labeler)) counts.judged.set(judge, (counts.judged.get(judge) ?? 0) + cells);
  }
  return surveyed;
}

function countsOf(parts: readonly DatasetPart[]): Record<DatasetPart, number> {
  const counts = { train: 0, test: 0, spanning: 0, embargo: 0 };
  for (const part of parts) counts[part] += 1;
  return counts;
}

function partsOf(
  { startedAtMs }: Surveyed,
  { groupOf, nameOf }: PromptGroups,
  { split, testShare, embargoSeconds, seed }: DatasetRequest,
): { parts: DatasetPart[]; cutMs: number | null } {
  if (split === 'TIME') return timeParts(startedAtMs, groupOf, { testShare, embargoSeconds });
  const names = startedAtMs.map((_, call) => nameOf(call));
  return { parts: randomGroupedSplit(names, { testShare, seed }), cutMs: null };
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
function cellsOf({ candidate, performance, labeler, replayed }: KnownCall): { candidate: string; labeler: string }[] {
  const again = replayed.some((cell) => cell.candidate === candidate);
  return [...replayed, ...(performance !== null && labeler !== null && !again ? [{ candidate, labeler }] : [])];
}

/** @throws SignalboxError INTERNAL */
function refuseLeaks({ clean, shared }: LeakReport): void {
  if (clean) return;
  const { groups, texts, nearDuplicateTests, conversations } = shared;
  throw new SignalboxError(
    'INTERNAL',
    `Train and test share ${groups} groups, ${texts} texts, ${nearDuplicateTests} near-duplicates and ` +
      `${conversations} conversations: this dataset would flatter every router.`,
  );
}

/** @throws SignalboxError TOO_FEW_PROMPTS, TOO_FEW_LABELS, NO_CANDIDATES */
function refuseTooLittle(
  parts: readonly DatasetPart[],
  partOfRow: readonly (DatasetPart | null)[],
  observed: readonly bigint[],
): void {
  const { train: inTrain, test, embargo } = countsOf(parts);
  if (inTrain < MIN_TRAIN_PROMPTS) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `The training part holds ${inTrain} prompts; ${MIN_TRAIN_PROMPTS - inTrain} more are needed. ` +
        `Of ${parts.length} prompts ${test} are the test, and ${embargo} are too close to it in time.`,
      'Read traces of a longer time with extractTraces, or give a shorter embargoSeconds.',
    );
  }
  let [labelled, seen] = [0, 0n];
  for (const [call, part] of partOfRow.entries()) {
    if (part !== 'train') continue;
    labelled += 1;
    seen |= observed[call] ?? 0n;
  }
  if (labelled < MIN_TRAIN_PROMPTS) {
    throw new SignalboxError(
      'TOO_FEW_LABELS',
      `The training part holds ${labelled} labelled prompts; ${MIN_TRAIN_PROMPTS - labelled} more are needed.`,
      'Label more calls with labelCalls or submitFeedback, or replay more prompts with replayCalls.',
    );
  }
  const candidates = seen.toString(2).replaceAll('0', '').length;
  if (candidates < 2) {
    throw new SignalboxError('NO_CANDIDATES', `Outcomes of ${candidates} candidate are known; a choice takes two.`);
  }
}
