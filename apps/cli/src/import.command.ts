import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { SignalboxError, type OutcomeMatrixRow } from '@signalbox/contracts';
import { groupTexts, parseOutcomeMatrixLine, randomGroupedSplit } from '@signalbox/datasets';
import { spaceId, USE_LITE_SPACE } from '@signalbox/embedders';
import { embedTexts, VECTOR_FOLDER } from './embed-texts.js';
import { filesOf, notesOf } from './export.command.js';
import { userPath } from './files.js';
import type { ExportedRow } from './formats/exported-dataset.js';
import { LineFile } from './formats/line-file.js';
import { linesOf } from './formats/lines-of.js';
import { writeLlmRouterFolder } from './formats/llmrouter-folder.js';
import { intoNewFolder } from './formats/new-folder.js';
import { findRoutingData, readRoutingData, type BrokenLine } from './formats/read-routing-data.js';

export interface ImportSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  /** Where vectors are kept between runs; `.signalbox/vectors` of the workspace when absent. */
  vectorFolder?: string;
  stdout?: Writable;
  stderr?: Writable;
}

interface ImportOptions {
  out: string;
  skipBroken?: boolean;
  seed: string;
}

/** Of one file; the rest is counted. */
const SHOWN_LINES = 20;
const TEST_SHARE = 0.2;

/**
 * `signalbox import`: LLMRouter's training data as outcome matrices, for `signalbox evaluate`; or an outcome matrix as a training
 * folder of LLMRouter. Which of them it is, is told by what is in it.
 */
export function importCommand({
  initCwd,
  vectorFolder = VECTOR_FOLDER,
  stdout = process.stdout,
  stderr = process.stderr,
}: ImportSettings): Command {
  return new Command('import')
    .description("Makes outcome matrices of LLMRouter's training data, or the other way round, offline.")
    .argument(
      '<path>',
      'training folder of LLMRouter, a file of routing data, or an outcome matrix; relative to where you are',
    )
    .requiredOption('--out <folder>', 'folder that is not there yet, or empty; relative to where you are')
    .option('--skip-broken', 'write the rest when lines are broken')
    .option('--seed <n>', 'of the split of an outcome matrix', '1')
    .action(async (given: string, options: ImportOptions) => {
      const path = userPath(given, initCwd);
      const out = userPath(options.out, initCwd);
      const seed = parseSeed(options.seed);
      const report = (lines: number, broken: readonly BrokenLine[]) => {
        reportBroken(lines, broken, { stderr, skip: options.skipBroken === true });
      };
      const isFolder = await stat(path).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (!isFolder && (await isMatrix(path))) {
        const rows = await readMatrix(path, report);
        const files = await writeAsLlmRouter(rows, { out, seed, vectorFolder, stderr });
        stdout.write(written(out, files));
        return;
      }
      const files = isFolder ? await findRoutingData(path) : { train: path, test: null, prices: new Map() };
      const parts = await Promise.all(
        [files.train, ...(files.test === null ? [] : [files.test])].map((file) => readRoutingData(file, files.prices)),
      );
      const cells = parts.flatMap(({ rows }) => rows).reduce((sum, row) => sum + Object.keys(row.outcomes).length, 0);
      const broken = parts.flatMap((part) => part.broken);
      report(cells + broken.length, broken);
      const names = isFolder ? ['train.jsonl', 'test.jsonl'] : ['outcomes.jsonl'];
      const counts = await intoNewFolder(out, async (folder) => {
        for (const [k, { rows }] of parts.entries()) await writeRows(join(folder, names[k] ?? ''), rows);
        return parts.map(({ rows }, k) => [names[k] ?? '', rows.length] as const);
      });
      stdout.write(written(out, Object.fromEntries(counts)));
    });
}

async function isMatrix(path: string): Promise<boolean> {
  for await (const { text } of linesOf(path)) {
    // A broken first line is for the reader of the one or the other to name.
    return /"outcomes"\s*:\s*\{/.test(text ?? '');
  }
  throw new SignalboxError('INVALID_INPUT', `${path} holds no row.`, 'Name a file with rows.');
}

type Report = (lines: number, broken: readonly BrokenLine[]) => void;

async function readMatrix(path: string, report: Report): Promise<OutcomeMatrixRow[]> {
  const rows: OutcomeMatrixRow[] = [];
  const broken: BrokenLine[] = [];
  for await (const { number, text } of linesOf(path)) {
    const row = parseOutcomeMatrixLine(text ?? '\uFFFD', number);
    if (row.ok) rows.push(row.value);
    else broken.push({ ...row.error, path: '', file: basename(path), line: number });
  }
  report(rows.length + broken.length, broken);
  return rows;
}

/** @throws SignalboxError the code of the lines, unless they are to be left out */
function reportBroken(
  lines: number,
  broken: readonly BrokenLine[],
  { stderr, skip }: { stderr: Writable; skip: boolean },
): void {
  const [first] = broken;
  if (first === undefined) return;
  for (const { file, line, code, path, hint } of broken.slice(0, SHOWN_LINES)) {
    stderr.write(`${file}, line ${line}: ${code}${path === '' ? '' : ` ${path}`}: ${hint}\n`);
  }
  if (broken.length > SHOWN_LINES) stderr.write(`and ${broken.length - SHOWN_LINES} more\n`);
  const message = `${broken.length} of ${lines} lines are broken, line ${first.line} of ${first.file} first`;
  if (!skip) throw new SignalboxError(first.code, `${message}; nothing was written.`);
  stderr.write(`${message}; they are left out.\n`);
}

async function writeRows(path: string, rows: readonly OutcomeMatrixRow[]): Promise<void> {
  const file = await LineFile.create(path);
  for (const row of rows) await file.write(row);
  await file.close();
}

interface LlmRouterTarget {
  out: string;
  seed: number;
  vectorFolder: string;
  stderr: Writable;
}

async function writeAsLlmRouter(
  rows: readonly OutcomeMatrixRow[],
  { out, seed, vectorFolder, stderr }: LlmRouterTarget,
): Promise<Record<string, number>> {
  const groups = groupTexts(rows.map(({ query, group }, k) => ({ id: String(k), text: query, group })));
  const groupOf = rows.map((_, k) => groups.get(String(k)) ?? String(k));
  const parts = randomGroupedSplit(groupOf, { testShare: TEST_SHARE, seed });
  const names = [...new Set(rows.flatMap(({ outcomes }) => Object.keys(outcomes)))].sort();
  const dataset = {
    ...{ id: null, hash: null, router: null, embedding: spaceId(USE_LITE_SPACE) },
    candidates: names.map((name) => ({ name, inputPrice: null, outputPrice: null })),
    split: { method: 'RANDOM', testShare: TEST_SHARE, seed },
  };
  return intoNewFolder(out, async (folder) => {
    const embed = (texts: readonly string[]) => embedTexts(texts, vectorFolder, stderr);
    const vectors = await embed(rows.map(({ query }) => query));
    const exported = rows.map((row, k) => exportedRow(row, parts[k] ?? 'train', vectors[k] ?? null));
    const wish = { onlyCompared: false, embed, path: out };
    const done = await writeLlmRouterFolder(folder, dataset, inTurn(exported), wish);
    for (const note of notesOf(done, false)) stderr.write(`${note}\n`);
    return filesOf(done);
  });
}

function exportedRow(
  { query, task, group, outcomes }: OutcomeMatrixRow,
  part: 'train' | 'test',
  vector: Float32Array | null,
): ExportedRow {
  return {
    ...{
      id: null,
      query,
      task: task ?? null,
      group: group ?? null,
      part,
      startedAt: null,
      inRandomSlice: false,
      vector,
    },
    outcomes: Object.entries(outcomes).map(([candidate, { performance, costUsd, responseTimeSeconds }]) => ({
      ...{ candidate, performance, source: null, labeler: null, propensity: null },
      ...{ costUsd: costUsd ?? null, responseTimeSeconds: responseTimeSeconds ?? null },
    })),
  };
}

/** What writes rows takes them as they come; these are there already. */
async function* inTurn<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

function written(folder: string, files: Record<string, number>): string {
  const counts = Object.entries(files).map(([name, rows]) => `  ${name}: ${rows.toLocaleString('en')} rows\n`);
  return `In ${folder}\n${counts.join('')}`;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 0x7fffffff) return seed;
  throw new SignalboxError('INVALID_INPUT', `--seed ${text}: give a whole number from 0 to 2147483647.`);
}
