import { createHash } from 'node:crypto';
import { SignalboxError, type DatasetRow, type Result } from '@signalbox/contracts';
import { parseDatasetRow } from '@signalbox/datasets';
import type { ObjectStore } from '@signalbox/object-store';
import { datasetKey } from './dataset-key.js';

const CHUNK_BYTES = 1 << 20;
const LINE_END = 10;
/** A page of 200 reads three of these stretches at most, and the marks of a million rows take some megabytes. */
const ROWS_PER_MARK = 100;

/** Where a stretch of rows begins in the file. */
interface Mark {
  /** Of its first row. */
  id: string;
  at: number;
  /** sha256 of its bytes, so that damage to the file after it was opened is noticed too. */
  sum: string;
}

/** A frozen dataset in the object store, of which pages are read without the rest. Rows lie in order of their ids. */
export class SnapshotFile {
  private constructor(
    private readonly store: ObjectStore,
    private readonly hash: string,
    private readonly marks: readonly Mark[],
    private readonly end: number,
  ) {}

  /**
   * Reads the file once, in pieces, and notes where its rows are.
   * @throws SignalboxError NOT_FOUND; ARTIFACT_CORRUPT when the bytes are not those of the hash; ARTIFACT_INVALID
   */
  static async open(store: ObjectStore, hash: string): Promise<SnapshotFile> {
    const whole = createHash('sha256');
    const marks: Mark[] = [];
    let [line, at, sum] = [0, 0, createHash('sha256')];
    const endStretch = () => {
      const last = marks.at(-1);
      if (last) last.sum = sum.digest('hex');
      sum = createHash('sha256');
    };
    for await (const bytes of linesOf(store, hash)) {
      whole.update(bytes);
      line += 1;
      // The first line is the header.
      if (line >= 2 && (line - 2) % ROWS_PER_MARK === 0) {
        endStretch();
        marks.push({ id: valueOf(parseDatasetRow(bytes.toString('utf8'), line)).id, at, sum: '' });
      }
      sum.update(bytes);
      at += bytes.length;
    }
    endStretch();
    if (whole.digest('hex') !== hash) throw damaged(hash);
    return new SnapshotFile(store, hash, marks, at);
  }

  /** @throws SignalboxError NOT_FOUND when it was removed since it was opened, ARTIFACT_CORRUPT when it was changed */
  async rowsAfter(id: string | null, count: number): Promise<DatasetRow[]> {
    const first =
      id === null
        ? 0
        : Math.max(
            0,
            this.marks.findLastIndex((mark) => mark.id <= id),
          );
    const rows: DatasetRow[] = [];
    for (let k = first; k < this.marks.length && rows.length < count; k += 1) {
      const stretch = await this.stretch(k);
      rows.push(...stretch.filter((row) => id === null || row.id > id));
    }
    return rows.slice(0, count);
  }

  private async stretch(k: number): Promise<DatasetRow[]> {
    const { at, sum } = this.marks[k] ?? { at: 0, sum: '' };
    const range = { from: at, bytes: (this.marks[k + 1]?.at ?? this.end) - at };
    const bytes = valueOf(await this.store.read(datasetKey(this.hash, 'dataset.jsonl'), range));
    if (createHash('sha256').update(bytes).digest('hex') !== sum) throw damaged(this.hash);
    const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
    return lines.map((line, n) => valueOf(parseDatasetRow(line, k * ROWS_PER_MARK + n + 2)));
  }
}

/** Each with its end. */
async function* linesOf(store: ObjectStore, hash: string): AsyncGenerator<Buffer> {
  let carried = Buffer.alloc(0);
  for (let from = 0; ;) {
    const range = { from, bytes: CHUNK_BYTES };
    const chunk = valueOf(await store.read(datasetKey(hash, 'dataset.jsonl'), range));
    if (chunk.length === 0) break;
    from += chunk.length;
    const bytes = Buffer.concat([carried, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      yield bytes.subarray(start, end + 1);
      start = end + 1;
    }
    carried = bytes.subarray(start);
  }
  if (carried.length > 0) yield carried;
}

function damaged(hash: string): SignalboxError {
  return new SignalboxError('ARTIFACT_CORRUPT', `The content of dataset ${hash} differs from its hash.`);
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new SignalboxError(result.error.code, `${result.error.path} ${result.error.hint}`.trim());
}
