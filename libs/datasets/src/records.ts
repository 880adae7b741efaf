/**
 * Byte strings by place: appended once, then read in any order. What millions of texts come to lies in a file, what a few come to
 * in memory.
 */
export interface Records {
  readonly size: number;
  append(record: Uint8Array): void;
  /**
   * A copy of what was appended as number `place`, from 0.
   * @throws RangeError for a place that there is not
   */
  read(place: number): Uint8Array<ArrayBuffer>;
}

export type OpenRecords = () => Records;

export class MemoryRecords implements Records {
  private readonly records: Uint8Array<ArrayBuffer>[] = [];

  get size(): number {
    return this.records.length;
  }

  append(record: Uint8Array): void {
    this.records.push(new Uint8Array(record));
  }

  read(place: number): Uint8Array<ArrayBuffer> {
    const record = this.records[place];
    if (!record) throw new RangeError(`there is no record ${place} of ${this.records.length}`);
    return record.slice();
  }
}
