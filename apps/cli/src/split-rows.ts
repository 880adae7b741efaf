import { SignalboxError, type OutcomeMatrixRow } from '@signalbox/contracts';
import { groupTexts, randomGroupedSplit } from '@signalbox/datasets';
import type { MatrixEvaluation } from './evaluate-routers.js';

const TEST_SHARE = 0.2;
/** Fewer prompts than this cannot be split, folded and still compared. */
const MIN_PROMPTS = 150;
/** Under this many test prompts with the outcome of every candidate, policies are not compared. */
const MIN_COMPARED = 30;

/** Whether groups of like prompts or whole tasks are held out. */
export type SplitBy = 'random' | 'task';

export interface SplitRows {
  candidates: string[];
  train: OutcomeMatrixRow[];
  trainGroups: string[];
  test: OutcomeMatrixRow[];
  testGroups: string[];
  description: MatrixEvaluation['data']['split'];
}

/**
 * Training and test part. Groups span both files, so that a training row which resembles a test row is left out of training.
 * @throws SignalboxError `TOO_FEW_PROMPTS` or `NO_CANDIDATES` when routers could not be fitted on the one part or compared on the other
 */
export function splitRows(
  rows: readonly OutcomeMatrixRow[],
  testRows: readonly OutcomeMatrixRow[] | null,
  { seed, by }: { seed: number; by: SplitBy },
): SplitRows {
  const all = [...rows, ...(testRows ?? [])];
  if (all.length < MIN_PROMPTS) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `${testRows ? 'The two files hold' : 'The file holds'} ${all.length} prompts; ${MIN_PROMPTS} are needed to fit and to compare.`,
      'Add rows.',
    );
  }
  if (by === 'task') refuseWithoutTask(all);
  const texts = all.map(({ query, group, task }, i) => ({
    ...{ id: String(i), text: query },
    ...(group !== undefined && { group }),
    ...(by === 'task' && task !== undefined && { task }),
  }));
  const byId = groupTexts(texts);
  const groups = all.map((_, i) => byId.get(String(i)) ?? String(i));
  const parts = testRows
    ? all.map((_, i) => (i < rows.length ? ('train' as const) : ('test' as const)))
    : randomGroupedSplit(groups, { testShare: TEST_SHARE, seed });
  const testGroups = new Set(groups.filter((_, i) => parts[i] === 'test'));
  const of = (part: 'train' | 'test'): number[] => all.flatMap((_, i) => (parts[i] === part ? [i] : []));
  const train = of('train').filter((i) => !testGroups.has(groups[i] ?? ''));
  const test = of('test');
  const leftOut = of('train').length - train.length;
  if (train.length === 0) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `All ${leftOut} training prompts resemble a test prompt and were left out.`,
      'Give --test a file of other prompts, or leave --test out: a fifth of the rows is then held out.',
    );
  }
  if (testGroups.size === 0) {
    throw new SignalboxError(
      'TOO_FEW_PROMPTS',
      `There are 0 complete test prompts; ${MIN_COMPARED} are needed. All ${all.length} prompts lie in one group, since they share a "group" or their texts are equal or nearly so, and a group is never split.`,
      'Add rows with other questions and of other groups, or give --test a file of other prompts.',
    );
  }
  const candidates = candidatesOf(train.map((i) => all[i]!)).filter(
    (name) => !testRows || candidatesOf(testRows).includes(name),
  );
  if (candidates.length < 2) {
    throw new SignalboxError(
      'NO_CANDIDATES',
      `Training and test rows share ${candidates.length} candidates; a choice needs two.`,
      'Give rows that hold the outcomes of the same two candidates or more.',
    );
  }
  const parted = {
    candidates,
    train: train.map((i) => all[i]!),
    trainGroups: train.map((i) => groups[i]!),
    test: test.map((i) => all[i]!),
    testGroups: test.map((i) => groups[i]!),
  };
  refuseTooFewComplete(parted);
  return {
    ...parted,
    description: {
      kind: testRows ? 'file' : by === 'task' ? 'task' : 'grouped-random',
      seed,
      trainPrompts: train.length,
      testPrompts: test.length,
      trainPromptsLeftOutAsLeaks: leftOut,
    },
  };
}

/** @throws SignalboxError INVALID_INPUT */
function refuseWithoutTask(rows: readonly OutcomeMatrixRow[]): void {
  const [without, tasks] = [
    rows.filter(({ task }) => task === undefined).length,
    new Set(rows.map(({ task }) => task)),
  ];
  if (without > 0) {
    throw new SignalboxError(
      'INVALID_INPUT',
      `--split task: ${without} of ${rows.length} rows name no task.`,
      'Give each row a "task", or leave --split out.',
    );
  }
  if (tasks.size > 1) return;
  throw new SignalboxError('INVALID_INPUT', '--split task: all rows are of one task.', 'Leave --split out.');
}

/** Found before anything is embedded, which takes minutes. */
function refuseTooFewComplete({ candidates, test }: Pick<SplitRows, 'candidates' | 'test'>): void {
  const missing = candidates.map((name) => ({
    name,
    count: test.filter(({ outcomes }) => !Object.hasOwn(outcomes, name)).length,
  }));
  const complete = test.filter(({ outcomes }) => candidates.every((name) => Object.hasOwn(outcomes, name))).length;
  if (complete >= MIN_COMPARED) return;
  const most = missing.reduce((worst, candidate) => (candidate.count > worst.count ? candidate : worst));
  const cause =
    most.count === 0
      ? ''
      : ` The outcome of ${most.name} is missing on ${most.count} of them, more than that of any other.`;
  throw new SignalboxError(
    'TOO_FEW_PROMPTS',
    `${complete} of ${test.length} test prompts are complete, with the outcome of each of the ${candidates.length} candidates; ${MIN_COMPARED} are needed.${cause}`,
    'Add rows, fill in missing outcomes, leave out a candidate that is often missing, or give --test a file with more complete rows.',
  );
}

function candidatesOf(rows: readonly OutcomeMatrixRow[]): string[] {
  return [...new Set(rows.flatMap(({ outcomes }) => Object.keys(outcomes)))].sort();
}
