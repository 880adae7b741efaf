import { Inject, Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { JobStatus, pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { IdempotencyKeys } from '@signalbox/database';
import { inputDigest } from '@signalbox/platform';
import { INGEST_ENVIRONMENT, type IngestEnvironment } from '../ingest.environment.js';
import { SourceService } from '../sources/source.service.js';
import { ExtractionEntity } from './extraction.entity.js';
import type { ExtractTracesInput } from './extraction.input.js';
import { ExtractionRepository } from './extraction.repository.js';
import type { ExtractionType, SkippedSpansType } from './extraction.type.js';

export const EXTRACT_JOB = workJob('extract');
const OPERATION = 'extractTraces';

/** What the type says beside its `source`, which the resolver loads. */
export type ShownExtraction = ExtractionType & { sourceId: string };

@Injectable()
export class ExtractionService {
  constructor(
    private readonly extractions: ExtractionRepository,
    private readonly sources: SourceService,
    private readonly idempotency: IdempotencyKeys,
    private readonly queue: JobQueue,
    @Inject(INGEST_ENVIRONMENT) private readonly environment: IngestEnvironment,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_CONFLICT */
  async request({ idempotencyKey: key, sourceId, from, to }: ExtractTracesInput): Promise<ShownExtraction> {
    if (!(from < to)) throw new SignalboxError('INVALID_INPUT', 'from: expected a moment before to');
    if (!isUuid(sourceId)) throw new SignalboxError('NOT_FOUND', `There is no trace source ${sourceId}.`);
    const source = await this.sources.require(sourceId);
    const bodyHash = inputDigest({ sourceId, from, to }, this.environment.secretKey);
    const id = await this.extractions.transaction(async (manager) => {
      const wanted = { id: uuidv7(), sourceId: source.id, retrainId: null, from, to };
      const held = await this.idempotency.claim(manager, { operation: OPERATION, key, bodyHash, objectId: wanted.id });
      if (held === wanted.id) await this.extractions.insert(manager, wanted);
      return held;
    });
    await this.queue.add(commandQueue('ingest'), EXTRACT_JOB, { id });
    const extraction = await this.find(id);
    if (!extraction) throw new SignalboxError('INTERNAL', `Extraction ${id} is gone.`);
    return extraction;
  }

  async find(id: string): Promise<ShownExtraction | null> {
    const extraction = isUuid(id) ? await this.extractions.find(id) : null;
    return extraction && shown(extraction);
  }

  /** @throws SignalboxError INVALID_INPUT */
  async ofSource(
    sourceId: string,
    first: number,
    after: string | null | undefined,
  ): Promise<Connection<ShownExtraction>> {
    const page = pageAsked(first, after, isUuid);
    const rows = await this.extractions.pageOfSource(sourceId, page.after, page.size + 1);
    return pageOf(rows.map(shown), page, ({ id }) => id);
  }
}

/** The most frequent reason first. */
export function skippedSpans(skipped: Readonly<Partial<Record<string, number>>>): SkippedSpansType[] {
  return Object.entries(skipped)
    .map(([reason, count = 0]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

function shown(extraction: ExtractionEntity): ShownExtraction {
  const { id, sourceId, from, to, status, spansRead, coverage, complete, problem } = extraction;
  const { callsStored, callsDuplicate, callsSuperseded, spansMerged } = extraction;
  const total = status === JobStatus.SUCCEEDED ? spansRead : null;
  return {
    ...{ id, sourceId, from, to, status, spansRead, callsStored, callsDuplicate, callsSuperseded, spansMerged },
    ...{ complete, problem },
    progress: { done: spansRead, total, unit: 'spans', costUsd: null },
    skipped: skippedSpans(extraction.skipped),
    coverage: { ...NOTHING_COVERED, ...coverage },
  };
}

const NOTHING_COVERED = {
  ...{
    calls: 0,
    withQuery: 0,
    withResponse: 0,
    withModel: 0,
    withTokens: 0,
    withCost: 0,
    withPropensity: 0,
    truncated: 0,
  },
  byDialect: {},
};
