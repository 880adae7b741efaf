import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { writeNumpyArray } from './array-files.js';
import type { ExportedRow } from './exported-dataset.js';
import type { WrittenFiles } from './outcome-matrix-files.js';
import { VectorSpool } from './vector-spool.js';

/** What is held in memory at a time. */
const ROWS_PER_GROUP = 10_000;

const COLUMNS = [
  { name: 'call_id', type: 'STRING' as const },
  { name: 'query', type: 'STRING' as const, nullable: false },
  { name: 'task', type: 'STRING' as const },
  { name: 'group', type: 'STRING' as const },
  { name: 'part', type: 'STRING' as const, nullable: false },
  { name: 'started_at', type: 'TIMESTAMP' as const },
  { name: 'candidate', type: 'STRING' as const, nullable: false },
  { name: 'source', type: 'STRING' as const },
  { name: 'performance', type: 'DOUBLE' as const, nullable: false },
  { name: 'labeler', type: 'STRING' as const },
  { name: 'cost_usd', type: 'DOUBLE' as const },
  { name: 'response_time_seconds', type: 'DOUBLE' as const },
  { name: 'propensity', type: 'DOUBLE' as const },
  { name: 'in_random_slice', type: 'BOOLEAN' as const, nullable: false },
  { name: 'vector_row', type: 'INT32' as const },
];

/** `outcomes.parquet`, one row an outcome, packed by zstd; and `vectors.npz`, whose row `vector_row` is the prompt's. */
export async function writeParquet(folder: string, rows: AsyncIterable<ExportedRow>): Promise<WrittenFiles> {
  const spool = await VectorSpool.create(join(folder, 'vectors.raw'));
  try {
    const outcomes = await writeOutcomes(join(folder, 'outcomes.parquet'), rows, spool);
    const vectors = spool.count;
    const path = join(folder, 'vectors.npz');
    await writeNumpyArray(path, spool);
    if (vectors === 0) await rm(path);
    return { 'outcomes.parquet': outcomes, ...(vectors > 0 && { 'vectors.npz': vectors }) };
  } finally {
    await spool.close();
  }
}

async function writeOutcomes(path: string, rows: AsyncIterable<ExportedRow>, spool: VectorSpool): Promise<number> {
  let outcomes = 0;
  async function* flat(): AsyncGenerator<Record<string, unknown>> {
    for await (const row of rows) {
      const vectorRow = row.vector === null ? null : await spool.add(row.vector);
      for (const cell of row.outcomes) {
        outcomes += 1;
        yield {
          ...{ call_id: row.id, query: row.query, task: row.task, group: row.group, part: row.part },
          started_at: row.startedAt === null ? null : new Date(row.startedAt),
          ...{ candidate: cell.candidate, source: cell.source, performance: cell.performance, labeler: cell.labeler },
          ...{ cost_usd: cell.costUsd, response_time_seconds: cell.responseTimeSeconds, propensity: cell.propensity },
          ...{ in_random_slice: row.inRandomSlice, vector_row: vectorRow },
        };
      }
    }
  }
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: flat(),
    columns: COLUMNS,
    rowGroupSize: ROWS_PER_GROUP,
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: 'signalbox',
  });
  return outcomes;
}
