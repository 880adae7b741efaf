import { join } from 'node:path';
import type { DatasetPart, OutcomeMatrixRow } from '@signalbox/contracts';
import { outcomeOfEach, type ExportedRow } from './exported-dataset.js';
import { LineFile } from './line-file.js';
import { seedRow } from './routing-rows.js';

export type WrittenFiles = Record<string, number>;

/** What `signalbox evaluate` reads: `train.jsonl`, `test.jsonl`, and a file for every other part that has rows. */
export async function writeOutcomeMatrix(folder: string, rows: AsyncIterable<ExportedRow>): Promise<WrittenFiles> {
  return inParts(
    folder,
    rows,
    (part) => `${part}.jsonl`,
    (row) => [matrixRowOf(row)],
  );
}

/** One row an outcome, with the fields of the pipeline that this project began as: `routing_train_data.jsonl` and its like. */
export async function writeSeedRows(folder: string, rows: AsyncIterable<ExportedRow>): Promise<WrittenFiles> {
  const name = (part: DatasetPart) => `routing_${part}_data.jsonl`;
  return inParts(folder, rows, name, (row) => outcomeOfEach(row.outcomes).map((outcome) => seedRow(row, outcome)));
}

export function matrixRowOf({ query, task, group, outcomes }: ExportedRow): OutcomeMatrixRow {
  const cells = outcomeOfEach(outcomes).map(({ candidate, performance, costUsd, responseTimeSeconds }) => {
    const cost = costUsd !== null && { costUsd };
    return [candidate, { performance, ...cost, ...(responseTimeSeconds !== null && { responseTimeSeconds }) }] as const;
  });
  return {
    query,
    ...(task !== null && { task }),
    ...(group !== null && { group }),
    outcomes: Object.fromEntries(cells),
  };
}

async function inParts(
  folder: string,
  rows: AsyncIterable<ExportedRow>,
  nameOf: (part: DatasetPart) => string,
  linesOf: (row: ExportedRow) => object[],
): Promise<WrittenFiles> {
  const files = new Map<string, LineFile>();
  const fileOf = async (name: string) => {
    const file = files.get(name) ?? (await LineFile.create(join(folder, name)));
    files.set(name, file);
    return file;
  };
  await fileOf(nameOf('train'));
  await fileOf(nameOf('test'));
  try {
    for await (const row of rows) {
      const file = await fileOf(nameOf(row.part));
      for (const line of linesOf(row)) await file.write(line);
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
  return Object.fromEntries([...files].map(([name, { lines }]) => [name, lines]));
}
