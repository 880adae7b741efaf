import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SignalboxError } from '@signalbox/contracts';
import type { Outbound } from '@signalbox/outbound';
import { joinLogRecords, parseTraceFile, type LogRecord, type NormalSpan } from '@signalbox/spans';
import { pMapIterable } from 'p-map';
import type { AwsAccess } from '../aws/aws-access.js';
import { awsClientSettings, MAX_BYTES } from '../aws/aws-client.js';
import { asked, pagesOf } from '../aws/aws-pages.js';
import type { PageLimits, TracePage, TraceReader } from '../trace-reader.js';
import type { BucketPath } from './bucket-settings.js';
import { ObjectIndex, type ListedObject } from './object-index.js';

/** One window is in memory at once. */
const PAGE: PageLimits = { traces: 5_000, fullShare: 1, mostTraces: 1_000_000, narrowestMs: 1, widestMs: 3_600_000 };
/** Their keys are in memory at once; a longer prefix has fewer. */
const MOST_OBJECTS = 500_000;
const FETCHES = 16;
/** Of bodies that one page is made of: a window with more is read in parts. */
const MOST_PAGE_BYTES = 64 * 1024 * 1024;
/** The SDK asks again for what it was refused, but not for a body that breaks off. */
const READS = 3;
const DAY_MS = 86_400_000;
const NANOS_PER_MILLI = 1_000_000n;

interface ReadObject {
  key: string;
  bytes: number;
  spans: NormalSpan[];
  records: LogRecord[];
  malformed: number;
  partial: number;
}

/** Reads objects under a prefix of a bucket, each a trace file of any known format. */
export class BucketReader implements TraceReader {
  readonly limits = PAGE;
  private latest = { from: 0, to: 0 };
  /** Of objects that were read for no page that was whole: what is malformed has no time, and counts with the next one. */
  private uncounted = { malformed: 0, partial: 0 };

  private constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly index: ObjectIndex,
    /** Keys of objects that are larger than an answer may be. */
    private readonly oversized: ReadonlySet<string>,
  ) {}

  /** Lists the objects that there are now. @throws SignalboxError SOURCE_UNREACHABLE, SOURCE_REFUSED or ADDRESS_REFUSED */
  static async open(
    outbound: Outbound,
    access: AwsAccess,
    { bucket, prefix }: BucketPath,
    signal?: AbortSignal,
  ): Promise<BucketReader> {
    const forcePathStyle = access.endpoint !== null;
    const client = new S3Client({ ...awsClientSettings(outbound, access, signal), forcePathStyle });
    const listed: ListedObject[] = [];
    const oversized = new Set<string>();
    const ask = (token: string | undefined) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }));
    for await (const page of pagesOf('s3:ListBucket', ask, ({ NextContinuationToken }) => NextContinuationToken)) {
      for (const { Key: key, LastModified: modified, Size: size = 1 } of page.Contents ?? []) {
        if (key === undefined || size === 0) continue;
        listed.push({ key, modified: modified?.getTime() ?? Infinity });
        if (size > MAX_BYTES) oversized.add(key);
      }
      if (listed.length > MOST_OBJECTS)
        throw new SignalboxError(
          'SOURCE_REFUSED',
          `More than ${MOST_OBJECTS} objects begin with s3://${bucket}/${prefix}.`,
          'Give a longer prefix in path, e.g. that of a month.',
        );
    }
    return new BucketReader(client, bucket, new ObjectIndex(listed), oversized);
  }

  services(): Promise<string[]> {
    return Promise.resolve(['']);
  }

  async search(service: string, from: number, to: number, limit: number): Promise<TracePage> {
    this.latest = { from, to };
    const [start, end] = [BigInt(from) * NANOS_PER_MILLI, BigInt(to) * NANOS_PER_MILLI];
    const isWithin = ({ startUnixNano, serviceName }: NormalSpan) =>
      startUnixNano >= start && startUnixNano < end && (service === '' || serviceName === service);
    const held = new Map<string, ReadObject>();
    const traceIds = new Set<string>();
    let bytes = 0;
    let isCut = false;
    for await (const object of this.read(this.index.within(from, to))) {
      const matching = object.spans.filter(isWithin);
      if (matching.length === 0) continue;
      for (const { traceId } of matching) traceIds.add(traceId);
      held.set(object.key, object);
      bytes += object.bytes;
      // In the last resort the window is one millisecond, and few objects hold any of it.
      isCut = traceIds.size >= limit || (bytes > MOST_PAGE_BYTES && limit < PAGE.mostTraces);
      if (isCut) break;
    }
    const others = [...traceIds].flatMap((id) => this.index.ofTrace(id)).filter((key) => !held.has(key));
    for await (const object of this.read([...new Set(others)])) held.set(object.key, object);
    const spans = spansOf(held.values()).filter(({ traceId }) => traceIds.has(traceId));
    const counts = this.uncounted;
    if (!isCut) this.uncounted = { malformed: 0, partial: 0 };
    return { spans, traces: isCut ? Math.max(traceIds.size, limit) : traceIds.size, ...counts };
  }

  /** Objects a day around the window that was searched last are looked through for it, should they not have been. */
  async trace(traceId: string): Promise<NormalSpan[] | null> {
    const { from, to } = this.latest;
    const unread = this.read(this.index.unread(this.index.within(from - DAY_MS, to + DAY_MS)));
    while ((await unread.next()).done !== true);
    const held: ReadObject[] = [];
    for await (const object of this.read(this.index.ofTrace(traceId))) held.push(object);
    const spans = spansOf(held).filter((span) => span.traceId === traceId);
    return spans.length > 0 ? spans : null;
  }

  private async *read(keys: readonly string[]): AsyncGenerator<ReadObject> {
    for await (const object of pMapIterable(keys, (key) => this.fetch(key), { concurrency: FETCHES })) {
      const starts = object.spans.map(({ startUnixNano }) => Number(startUnixNano / NANOS_PER_MILLI));
      const named = [...object.spans, ...object.records].flatMap(({ traceId }) => traceId ?? []);
      if (this.index.learn(object.key, starts, [...new Set(named)])) {
        this.uncounted.malformed += object.malformed;
        this.uncounted.partial += object.partial;
      }
      yield object;
    }
  }

  private async fetch(key: string): Promise<ReadObject> {
    const nothing = { key, bytes: 0, spans: [], records: [], malformed: 0, partial: 0 };
    // One object that is too large or something else, among thousands, is told by the count.
    if (this.oversized.has(key)) return { ...nothing, malformed: 1 };
    const bytes = await this.bytesOf(key);
    if (bytes === null) return nothing;
    const parsed = parseTraceFile(bytes, key);
    if (!parsed.ok) return { ...nothing, malformed: 1 };
    const { spans, rejected, logs = [], gaps = [], unread = 0 } = parsed.value;
    const malformed = rejected.filter(({ reason }) => reason === 'malformed_span').length + unread;
    return { key, bytes: bytes.length, spans, records: logs, malformed, partial: gaps.length };
  }

  /** Null when it was removed since the listing, nothing when it lies in an archive. */
  private async bytesOf(key: string): Promise<Uint8Array | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await asked('s3:GetObject', async () => {
          const { Body: body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
          return (await body?.transformToByteArray()) ?? new Uint8Array();
        });
      } catch (error) {
        const name = error instanceof SignalboxError && error.cause instanceof Error ? error.cause.name : null;
        if (name === 'NoSuchKey') return null;
        if (name === 'InvalidObjectState') return new Uint8Array();
        const isBroken = error instanceof SignalboxError && error.code === 'SOURCE_UNREACHABLE';
        if (!isBroken || attempt === READS) throw error;
      }
    }
  }
}

function spansOf(objects: Iterable<ReadObject>): NormalSpan[] {
  const all = [...objects].sort((a, b) => (a.key < b.key ? -1 : 1));
  return joinLogRecords(
    all.flatMap(({ spans }) => spans),
    all.flatMap(({ records }) => records),
  ).spans;
}
