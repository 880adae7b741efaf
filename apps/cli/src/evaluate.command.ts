import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { SignalboxError, type OutcomeMatrixRow } from '@signalbox/contracts';
import { parseOutcomeMatrix } from '@signalbox/datasets';
import { matrixOfOutcomes, type RouterType } from '@signalbox/routers';
import { embedTexts, VECTOR_FOLDER } from './embed-texts.js';
import { evaluateRouters } from './evaluate-routers.js';
import { evaluationTable } from './evaluation-table.js';
import { readText, userPath } from './files.js';
import { splitRows, type SplitBy } from './split-rows.js';

export interface EvaluateSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  /** Where vectors are kept between runs; `.signalbox/vectors` of the workspace when absent. */
  vectorFolder?: string;
  stdout?: Writable;
  stderr?: Writable;
}

interface EvaluateOptions {
  test?: string;
  split: SplitBy;
  routers: string;
  seed: string;
  json?: boolean;
}

const ROUTER_TYPES: readonly RouterType[] = ['kmeans', 'knn', 'ridge', 'constant'];

/**
 * `signalbox evaluate FILE`: fits routers on an outcome matrix and compares them with every baseline on prompts they have not seen.
 *
 * `--json` prints one object; quality, gains and shares are fractions, costs USD a call. `baselines` and each router's `quality`,
 * `costUsdPerCall` and gain are at tradeoff 0, which is the best quality that the router can give; `frontier` has its other tradeoffs.
 * The two measured times aside, the same files and seed print the same bytes.
 */
export function evaluateCommand({
  initCwd,
  vectorFolder = VECTOR_FOLDER,
  stdout = process.stdout,
  stderr = process.stderr,
}: EvaluateSettings): Command {
  return new Command('evaluate')
    .description('Fits routers on an outcome matrix (JSONL) and compares them with every baseline, offline.')
    .argument('<file>', 'outcome matrix, one question a line; relative to where you are')
    .option('--test <file>', 'evaluate on this matrix instead of a grouped random fifth of the first')
    .addOption(
      new Option('--split <by>', 'hold out a random fifth of the groups of like prompts, or whole tasks')
        .choices(['random', 'task'])
        .default('random'),
    )
    .option('--routers <types>', `which to fit, of ${ROUTER_TYPES.join(', ')}`, 'knn,ridge')
    .option('--seed <n>', 'seed of the split and of the fit', '1')
    .option('--json', 'print one JSON object instead of a table')
    .action(async (file: string, options: EvaluateOptions) => {
      const types = parseTypes(options.routers);
      const seed = parseSeed(options.seed);
      const rows = await readMatrix(userPath(file, initCwd));
      const testRows = options.test === undefined ? null : await readMatrix(userPath(options.test, initCwd));
      if (testRows && options.split !== 'random') {
        throw new SignalboxError('INVALID_INPUT', '--split would be ignored beside --test.', 'Leave one of them out.');
      }
      const split = splitRows(rows, testRows, { seed, by: options.split });
      const texts = [...split.train, ...split.test].map(({ query }) => query);
      const vectors = await embedTexts(texts, vectorFolder, stderr);
      const matrix = (part: readonly OutcomeMatrixRow[], groups: readonly string[], first: number) =>
        matrixOfOutcomes(part, split.candidates, groups, vectors.slice(first, first + part.length));
      const evaluation = evaluateRouters({
        train: matrix(split.train, split.trainGroups, 0),
        test: matrix(split.test, split.testGroups, split.train.length),
        types,
        seed,
        split: split.description,
        now: () => Number(process.hrtime.bigint()) / 1e9,
      });
      stdout.write(options.json === true ? `${JSON.stringify(evaluation)}\n` : evaluationTable(evaluation));
    });
}

async function readMatrix(path: string): Promise<OutcomeMatrixRow[]> {
  const parsed = parseOutcomeMatrix(await readText(path));
  if (parsed.ok) return parsed.value;
  const { code, path: place, hint } = parsed.error;
  throw new SignalboxError(code, `${path}, ${place}: ${hint}`);
}

function parseTypes(list: string): RouterType[] {
  const names = list.split(',').map((name) => name.trim());
  const types = names.flatMap((name) => ROUTER_TYPES.filter((type) => type === name));
  if (types.length === names.length && new Set(types).size === types.length) return types;
  throw new SignalboxError('INVALID_INPUT', `--routers ${list}: there are ${ROUTER_TYPES.join(', ')}, each once.`);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 0x7fffffff) return seed;
  throw new SignalboxError('INVALID_INPUT', `--seed ${text}: give a whole number from 0 to 2147483647.`);
}
