import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { createEmbedder, spaceId, USE_LITE_SPACE } from '@signalbox/embedders';
import { datasetRows, frozenDataset } from './dataset-pages.js';
import { userPath } from './files.js';
import type { ExportedDataset, ExportedRow } from './formats/exported-dataset.js';
import { writeLlmRouterFolder, type WrittenLlmRouter } from './formats/llmrouter-folder.js';
import { intoNewFolder } from './formats/new-folder.js';
import { writeOutcomeMatrix, writeSeedRows, type WrittenFiles } from './formats/outcome-matrix-files.js';
import { writeParquet } from './formats/parquet-folder.js';
import { SignalboxApi } from './signalbox-api.js';

export interface ExportSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  /** Address of the GraphQL API when none is given. */
  url: string;
  stdout?: Writable;
  stderr?: Writable;
}

const FORMATS = ['llmrouter', 'jsonl', 'parquet'] as const;
const ROW_KINDS = ['matrix', 'seed'] as const;

interface ExportOptions {
  format: (typeof FORMATS)[number];
  out: string;
  dataset?: string;
  router?: string;
  rows: (typeof ROW_KINDS)[number];
  onlyCompared?: boolean;
  url: string;
}

/** `signalbox export`: a frozen dataset of a running Signalbox as files that others read. Rows pass through; none are kept. */
export function exportCommand({
  initCwd,
  url,
  stdout = process.stdout,
  stderr = process.stderr,
}: ExportSettings): Command {
  return new Command('export')
    .description('Writes a frozen dataset of a running Signalbox as files that others read.')
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).makeOptionMandatory())
    .requiredOption('--out <folder>', 'folder that is not there yet, or empty; relative to where you are')
    .option('--dataset <id>', 'which; the newest that is frozen when absent')
    .option('--router <name>', 'the newest of this router')
    .addOption(
      new Option('--rows <kind>', 'of jsonl: outcome matrices, or a row for each outcome')
        .choices(ROW_KINDS)
        .default('matrix'),
    )
    .option('--only-compared', 'of llmrouter: leave out prompts with the outcome of one model alone')
    .option('--url <url>', 'GraphQL API of a running Signalbox', url)
    .action(async (options: ExportOptions) => {
      const api = new SignalboxApi(options.url);
      const { dataset: id, router, format } = options;
      refuseMisplaced(options);
      const dataset = await frozenDataset(api, {
        ...(id !== undefined && { id }),
        ...(router !== undefined && { router }),
      });
      const rows = datasetRows(api, dataset.id ?? '', { vectors: format !== 'jsonl' });
      const path = userPath(options.out, initCwd);
      const { files, notes } = await intoNewFolder(path, async (folder) => {
        const written = await write(folder, path, dataset, rows, options);
        const { candidates, ...facts } = dataset;
        const about = { format, dataset: { ...facts, candidates }, files: written.files, leftOut: written.leftOut };
        await writeFile(join(folder, 'dataset.json'), `${JSON.stringify(about, null, 2)}\n`);
        return written;
      });
      for (const note of notes) stderr.write(`${note}\n`);
      const counts = Object.entries(files).map(([name, lines]) => `  ${name}: ${lines.toLocaleString('en')} rows\n`);
      stdout.write(`Dataset ${dataset.id} is in ${path}\n${counts.join('')}`);
    });
}

/** An option that would be ignored is refused. */
function refuseMisplaced({ format, rows, onlyCompared, dataset, router }: ExportOptions): void {
  const misplaced =
    (format !== 'jsonl' && rows !== 'matrix' && `--rows ${rows} is of --format jsonl`) ||
    (format !== 'llmrouter' && onlyCompared === true && '--only-compared is of --format llmrouter') ||
    (dataset !== undefined && router !== undefined && '--dataset names one, so that --router would be ignored');
  if (misplaced) throw new SignalboxError('INVALID_INPUT', `${misplaced}.`, 'Leave it out.');
}

interface Written {
  files: WrittenFiles;
  leftOut: Record<string, number>;
  /** What the user has to know before they use it. */
  notes: string[];
}

async function write(
  folder: string,
  path: string,
  dataset: ExportedDataset,
  rows: AsyncIterable<ExportedRow>,
  { format, rows: kind, onlyCompared }: ExportOptions,
): Promise<Written> {
  if (format === 'parquet') return { files: await writeParquet(folder, rows), leftOut: {}, notes: [] };
  if (format === 'jsonl') {
    const files = await (kind === 'seed' ? writeSeedRows : writeOutcomeMatrix)(folder, rows);
    return { files, leftOut: {}, notes: [] };
  }
  const offline = dataset.embedding === spaceId(USE_LITE_SPACE);
  const wish = { path, onlyCompared: onlyCompared === true, embed: offline ? embedBriefly : null };
  const written = await writeLlmRouterFolder(folder, dataset, rows, wish);
  const notes = notesOf(written, onlyCompared === true);
  if (!offline) notes.push(`llm_embeddings.json is not there: no text can be embedded in ${dataset.embedding} here.`);
  return { files: filesOf(written), leftOut: written.leftOut, notes };
}

export function filesOf({ queries, outcomes }: WrittenLlmRouter): WrittenFiles {
  return {
    ...{ 'query_data_train.jsonl': queries.train, 'query_data_test.jsonl': queries.test },
    ...{ 'routing_data_train.jsonl': outcomes.train, 'routing_data_test.jsonl': outcomes.test },
    'query_embeddings.pt': queries.train + queries.test,
  };
}

export function notesOf(
  { queries, uncompared, bestModels, leftOut }: WrittenLlmRouter,
  onlyCompared: boolean,
): string[] {
  const { otherParts, withoutVector } = leftOut;
  const notes: string[] = [];
  if (otherParts > 0)
    notes.push(`Left out: ${otherParts} prompts between train and test, of the embargo or of groups on both sides.`);
  if (withoutVector > 0) notes.push(`Left out: ${withoutVector} prompts without a vector.`);
  if (onlyCompared) notes.push(`Left out: ${leftOut.uncompared} prompts with the outcome of one model alone.`);
  if (uncompared > 0)
    notes.push(
      `Of ${queries.train} training prompts ${uncompared} have the outcome of one model alone. LLMRouter takes that model for the best ` +
        'whatever its score: replay them, or leave them out with --only-compared.',
    );
  if (bestModels < 2) notes.push('One model is best of every training prompt: svmrouter refuses that.');
  return notes;
}

/** A line for each model. */
async function embedBriefly(texts: readonly string[]): Promise<Float32Array[]> {
  const embedder = await createEmbedder({ provider: 'use-lite' });
  try {
    return await embedder.embedAll(texts);
  } finally {
    await embedder.close();
  }
}
