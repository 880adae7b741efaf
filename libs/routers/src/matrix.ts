import type { DatasetCell, DatasetRow, OutcomeMatrixRow } from '@signalbox/contracts';
import { byCodeUnit } from './order.js';

/**
 * Outcomes of n prompts on m candidates, with a vector for each prompt. Cells are row-major: prompt i on candidate c is
 * `[i * m + c]`. A missing cell is NaN, never 0.
 */
export interface TrainingMatrix {
  /** Ids of the rows, for reports. */
  ids: string[];
  candidates: string[];
  n: number;
  /** Length of a vector. */
  dim: number;
  /** n x dim, unit-norm rows. */
  vectors: Float32Array;
  /** n x m, 0..1. */
  quality: Float64Array;
  /** n x m, USD a call. */
  costUsd: Float64Array;
  /** n x m, seconds a call. */
  seconds: Float64Array;
  /** The cluster of each row: never on both sides of a fold. */
  groups: string[];
  /**
   * n x m, the probability with which the cell came to be observed: 1 where it was asked, the serving policy's probability on
   * rows that are only logged, NaN where unknown. Absent means 1 everywhere.
   */
  propensity?: Float64Array;
  /**
   * n x m, 1 where the prompt was drawn at random and asked of the candidate: no policy had a say in it, so that the mean over such
   * cells is a mean over the population. A logged propensity of 1 is not that. Absent means every cell.
   */
  asked?: Uint8Array;
  /** What scored each row: a labeler, or all task metrics together. Absent when one yardstick scored all of them. */
  yardsticks?: Yardstick[];
  /** Which candidates can be chosen, by index; the others are kept for what they teach. Absent means all. */
  available?: readonly boolean[];
  /** Index of the candidate that the serving policy chose, -1 where unknown. Absent without a log. */
  logged?: Int32Array;
}

/** One scale of scores. Scores of different ones are not compared. */
interface Yardstick {
  /** `METRIC`, or the labeler as `name@version`: the prompt and not the candidate says which metric scores it. */
  name: string;
  /** `METRIC`, `HUMAN`, `JUDGE` or `FEEDBACK`; null when unknown. */
  kind: string | null;
}

export interface MatrixOptions {
  /** Which candidates can be chosen, in their order. All when absent. */
  available?: readonly boolean[];
  /** Kind of each labeler: `METRIC`, `HUMAN`, `JUDGE` or `FEEDBACK`. When absent, one yardstick is taken to have scored all rows. */
  labelKinds?: Readonly<Record<string, string>>;
}

/** From so many labelled rows of another kind on, feedback on logged answers is left out: who gives it is no random sample. */
const ENOUGH_WITHOUT_FEEDBACK = 100;

/** Why a cell or a row of a dataset is not in the matrix, and how often. */
export interface LeftOut {
  /** Rows without a vector for their text. */
  rowsWithoutVector: number;
  /** Rows without any outcome of a candidate. */
  rowsWithoutOutcome: number;
  /** Scores of another labeler than the one that scored most cells of the row; cost and time of these cells are kept. */
  scoresOfOtherLabeler: number;
  /** Cells of models that are no candidates. */
  cellsOfOtherModels: number;
  /** Logged cells scored by feedback, left out since 100 rows or more have a label of another kind. */
  feedbackScores: number;
}

/**
 * Lays out dataset rows for training or evaluation. Of a candidate that was both logged and replayed on a prompt the replayed
 * cell counts, since it was scored beside the others at the same time. The scores of one prompt come from one labeler: the one
 * that scored most cells (then the one of more replayed cells, then the first by name); kinds are never mixed in a comparison.
 *
 * Only replayed cells of the random slice count as asked. Other replayed cells, and logged ones that were certain to be chosen, have
 * no propensity: nothing is known of the prompts on which the candidate was not observed.
 *
 * @param vectorOf the unit-norm vector of a text by its sha256, undefined when it was not embedded
 */
export function matrixOf(
  rows: readonly DatasetRow[],
  candidates: readonly string[],
  vectorOf: (textHash: string) => Float32Array | undefined,
  { available, labelKinds }: MatrixOptions = {},
): { matrix: TrainingMatrix; leftOut: LeftOut } {
  const leftOut: LeftOut = {
    rowsWithoutVector: 0,
    rowsWithoutOutcome: 0,
    scoresOfOtherLabeler: 0,
    cellsOfOtherModels: 0,
    feedbackScores: 0,
  };
  const isFeedback = (cell: DatasetCell): boolean =>
    cell.source === 'logged' && labelKinds?.[cell.labeler] === 'FEEDBACK';
  const withoutFeedback = rows.filter((row) =>
    [...cellsOf(row)].some(([name, cell]) => candidates.includes(name) && !isFeedback(cell)),
  ).length;
  const kept: { row: DatasetRow; vector: Float32Array; cells: Map<string, DatasetCell>; labeler: string }[] = [];
  for (const row of rows) {
    const vector = vectorOf(row.textHash);
    if (!vector) {
      leftOut.rowsWithoutVector += 1;
      continue;
    }
    const cells = cellsOf(row);
    if (withoutFeedback >= ENOUGH_WITHOUT_FEEDBACK) {
      const before = cells.size;
      for (const [name, cell] of cells) if (isFeedback(cell)) cells.delete(name);
      leftOut.feedbackScores += before - cells.size;
      if (before > 0 && cells.size === 0) continue;
    }
    const known = [...cells.keys()].filter((name) => candidates.includes(name));
    leftOut.cellsOfOtherModels += cells.size - known.length;
    if (known.length === 0) {
      leftOut.rowsWithoutOutcome += 1;
      continue;
    }
    const labeler = labelerOf(known.flatMap((name) => cells.get(name) ?? []));
    kept.push({ row, vector, cells, labeler });
  }
  const matrix = emptyMatrix(
    kept.map(({ row, vector }) => ({ id: row.id, group: row.group, vector })),
    candidates,
  );
  const propensity = new Float64Array(matrix.n * candidates.length).fill(NaN);
  const asked = new Uint8Array(matrix.n * candidates.length);
  const logged = new Int32Array(matrix.n).fill(-1);
  for (const [i, { row, cells, labeler }] of kept.entries()) {
    logged[i] = row.loggedCandidate === null ? -1 : candidates.indexOf(row.loggedCandidate);
    for (const [c, name] of candidates.entries()) {
      const at = i * candidates.length + c;
      propensity[at] = propensityOf(row, name);
      if (wasAsked(row, name)) asked[at] = 1;
      const cell = cells.get(name);
      if (!cell) continue;
      if (cell.labeler === labeler) matrix.quality[at] = cell.performance;
      else leftOut.scoresOfOtherLabeler += 1;
      matrix.costUsd[at] = cell.costUsd ?? NaN;
      matrix.seconds[at] = cell.responseTimeSeconds ?? NaN;
    }
  }
  const yardsticks = labelKinds && kept.map(({ labeler }) => yardstickOf(labeler, labelKinds[labeler]));
  return {
    matrix: {
      ...matrix,
      propensity,
      asked,
      logged,
      ...(yardsticks && { yardsticks }),
      ...(available && { available }),
    },
    leftOut,
  };
}

/** Lays out an outcome matrix: every cell was asked for, so that none has a propensity below 1. */
export function matrixOfOutcomes(
  rows: readonly OutcomeMatrixRow[],
  candidates: readonly string[],
  groups: readonly string[],
  vectors: readonly Float32Array[],
): TrainingMatrix {
  const matrix = emptyMatrix(
    rows.map((_, i) => ({ id: String(i), group: groups[i] ?? String(i), vector: vectors[i] ?? new Float32Array(0) })),
    candidates,
  );
  for (const [i, row] of rows.entries()) {
    for (const [c, name] of candidates.entries()) {
      const cell = row.outcomes[name];
      if (!cell) continue;
      const at = i * candidates.length + c;
      matrix.quality[at] = cell.performance;
      matrix.costUsd[at] = cell.costUsd ?? NaN;
      matrix.seconds[at] = cell.responseTimeSeconds ?? NaN;
    }
  }
  return matrix;
}

/** The rows of a matrix at the given indices, in that order. */
export function selectRows(matrix: TrainingMatrix, indices: ArrayLike<number>): TrainingMatrix {
  const m = matrix.candidates.length;
  const cells = (from: Float64Array): Float64Array =>
    gatherRows(from, m, indices, new Float64Array(indices.length * m));
  const list = Array.from(indices);
  return {
    ids: list.map((i) => matrix.ids[i] ?? ''),
    candidates: matrix.candidates,
    n: indices.length,
    dim: matrix.dim,
    vectors: gatherRows(matrix.vectors, matrix.dim, indices, new Float32Array(indices.length * matrix.dim)),
    quality: cells(matrix.quality),
    costUsd: cells(matrix.costUsd),
    seconds: cells(matrix.seconds),
    groups: list.map((i) => matrix.groups[i] ?? ''),
    ...(matrix.propensity && { propensity: cells(matrix.propensity) }),
    ...(matrix.asked && { asked: gatherRows(matrix.asked, m, indices, new Uint8Array(indices.length * m)) }),
    ...(matrix.yardsticks && { yardsticks: list.flatMap((i) => matrix.yardsticks?.[i] ?? []) }),
    ...(matrix.available && { available: matrix.available }),
    ...(matrix.logged && { logged: Int32Array.from(list, (i) => matrix.logged?.[i] ?? -1) }),
  };
}

/**
 * The rows in an order of their content alone, so that sums, ties and random draws, and with them the bytes of a fit, do not
 * depend on the order in which a database returned them.
 */
export function canonicalOrder(matrix: TrainingMatrix): TrainingMatrix {
  const m = matrix.candidates.length;
  const parts: [ArrayLike<number>, number][] = [
    [matrix.vectors, matrix.dim],
    [matrix.quality, m],
    [matrix.costUsd, m],
    [matrix.seconds, m],
    ...(matrix.propensity ? [[matrix.propensity, m] as [ArrayLike<number>, number]] : []),
    ...(matrix.asked ? [[matrix.asked, m] as [ArrayLike<number>, number]] : []),
    ...(matrix.logged ? [[matrix.logged, 1] as [ArrayLike<number>, number]] : []),
  ];
  const order = Array.from({ length: matrix.n }, (_, i) => i).sort((a, b) => {
    const byGroup = byCodeUnit(matrix.groups[a] ?? '', matrix.groups[b] ?? '');
    if (byGroup !== 0) return byGroup;
    for (const [values, width] of parts) {
      const difference = compareSlices(values, a * width, b * width, width);
      if (difference !== 0) return difference;
    }
    return byCodeUnit(matrix.yardsticks?.[a]?.name ?? '', matrix.yardsticks?.[b]?.name ?? '');
  });
  return selectRows(matrix, order);
}

/** True for each row that was asked of every one of the candidates that `of` marks, with a known quality. */
export function fullyObserved(matrix: TrainingMatrix, of: readonly boolean[]): boolean[] {
  const m = matrix.candidates.length;
  return Array.from({ length: matrix.n }, (_, i) => of.every((wanted, c) => !wanted || isAskedCell(matrix, i * m + c)));
}

/** Whether the cell was asked at random and has a known quality. */
export function isAskedCell({ asked, quality }: TrainingMatrix, at: number): boolean {
  return (asked === undefined || asked[at] === 1) && !Number.isNaN(quality[at] ?? NaN);
}

/** Which candidates can be chosen. */
export function availableCandidates({ candidates, available }: TrainingMatrix): boolean[] {
  return candidates.map((_, c) => available?.[c] ?? true);
}

/** Which candidates have a known quality anywhere. */
export function observedCandidates(matrix: TrainingMatrix): boolean[] {
  const m = matrix.candidates.length;
  const seen = matrix.candidates.map(() => false);
  for (let at = 0; at < matrix.quality.length; at += 1)
    if (!Number.isNaN(matrix.quality[at] ?? NaN)) seen[at % m] = true;
  return seen;
}

function emptyMatrix(
  rows: readonly { id: string; group: string; vector: Float32Array }[],
  candidates: readonly string[],
): TrainingMatrix {
  const n = rows.length;
  const dim = rows[0]?.vector.length ?? 0;
  const vectors = new Float32Array(n * dim);
  for (const [i, { vector }] of rows.entries()) vectors.set(vector, i * dim);
  const missing = (): Float64Array => new Float64Array(n * candidates.length).fill(NaN);
  return {
    ids: rows.map(({ id }) => id),
    candidates: [...candidates],
    n,
    dim,
    vectors,
    quality: missing(),
    costUsd: missing(),
    seconds: missing(),
    groups: rows.map(({ group }) => group),
  };
}

function cellsOf(row: DatasetRow): Map<string, DatasetCell> {
  const cells = new Map<string, DatasetCell>();
  if (row.logged && row.loggedCandidate !== null) cells.set(row.loggedCandidate, row.logged);
  for (const [name, cell] of Object.entries(row.replayed)) cells.set(name, cell);
  return cells;
}

function labelerOf(cells: readonly DatasetCell[]): string {
  const votes = new Map<string, { all: number; replayed: number }>();
  for (const { labeler, source } of cells) {
    const vote = votes.get(labeler) ?? { all: 0, replayed: 0 };
    votes.set(labeler, { all: vote.all + 1, replayed: vote.replayed + (source === 'replayed' ? 1 : 0) });
  }
  const [first] = [...votes].sort(
    ([nameA, a], [nameB, b]) => b.all - a.all || b.replayed - a.replayed || byCodeUnit(nameA, nameB),
  );
  return first?.[0] ?? '';
}

function yardstickOf(labeler: string, kind: string | undefined): Yardstick {
  return { name: kind === 'METRIC' ? kind : labeler, kind: kind ?? null };
}

function wasAsked(row: DatasetRow, candidate: string): boolean {
  return row.inRandomSlice && Object.hasOwn(row.replayed, candidate);
}

function propensityOf(row: DatasetRow, candidate: string): number {
  if (wasAsked(row, candidate)) return 1;
  if (Object.hasOwn(row.replayed, candidate)) return NaN;
  const logged = row.loggedCandidate === candidate ? (row.logged?.propensity ?? NaN) : NaN;
  const propensity = row.probabilities ? (row.probabilities[candidate] ?? 0) : logged;
  return propensity === 1 ? NaN : propensity;
}

function gatherRows<T extends Float32Array | Float64Array | Uint8Array>(
  from: T,
  width: number,
  indices: ArrayLike<number>,
  into: T,
): T {
  for (let k = 0; k < indices.length; k += 1) {
    const start = (indices[k] ?? 0) * width;
    into.set(from.subarray(start, start + width), k * width);
  }
  return into;
}

/** NaN sorts before every number, so that the order is total. */
function compareSlices(values: ArrayLike<number>, a: number, b: number, width: number): number {
  for (let k = 0; k < width; k += 1) {
    const left = values[a + k] ?? NaN;
    const right = values[b + k] ?? NaN;
    if (left < right) return -1;
    if (left > right) return 1;
    if (left !== right) {
      const difference = Number(Number.isNaN(right)) - Number(Number.isNaN(left));
      if (difference !== 0) return difference;
    }
  }
  return 0;
}
