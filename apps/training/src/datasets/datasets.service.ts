import { Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { pageAsked, pageOf, type Connection, type LlmCallFilter } from '@signalbox/contracts/graphql';
import { OwnEmbedder, spaceId } from '@signalbox/embedders';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { IdempotencyRepository } from '../idempotency/idempotency.repository.js';
import { callFilter, datasetRequest, type DatasetRequest } from './dataset-request.js';
import { DatasetEntity } from './dataset.entity.js';
import { FITTED } from './fit-embedder.js';
import { SplitMethod, type BuildDatasetInput } from './dataset.input.js';
import type { DatasetType } from './dataset.type.js';
import { DatasetsRepository } from './datasets.repository.js';
import { KnownCallsRepository } from './known-calls.repository.js';

export const DATASET_JOB = workJob('dataset');
export const DEFAULT_TEST_SHARE = 0.2;
/** Of the contract; stands for what is done, which is to cut no part. */
const DEFAULT_VALIDATION_SHARE = 0.1;
export const DEFAULT_EMBARGO_SECONDS = 86_400;
const OPERATION = 'buildDataset';

@Injectable()
export class DatasetsService {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly known: KnownCallsRepository,
    private readonly idempotency: IdempotencyRepository,
    private readonly queue: JobQueue,
    private readonly embedder: OwnEmbedder,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_CONFLICT, and what an embedding server answers with */
  async request(input: BuildDatasetInput): Promise<DatasetType> {
    const { router, idempotencyKey: key } = input;
    const request = requestOf(input);
    const embedding = await this.embeddingOf(input.embedding ?? null);
    if ((await this.known.candidatesOf(router)).length === 0) {
      throw new SignalboxError('NOT_FOUND', `There is no router ${router}.`);
    }
    const wanted = { id: uuidv7(), router, retrainId: null, request, embedding };
    const claim = { operation: OPERATION, key, body: { router, request, embedding }, objectId: wanted.id };
    const id = await this.idempotency.once(claim, (manager) => this.datasets.insert(wanted, manager));
    await this.queue.add(commandQueue('training'), DATASET_JOB, { id });
    const dataset = await this.find(id);
    if (!dataset) throw new SignalboxError('INTERNAL', `Dataset ${id} is gone.`);
    return dataset;
  }

  /** The space of this service, which may be asked for by its name or its provider's, or the provider that is fitted on the dataset. */
  private async embeddingOf(asked: string | null): Promise<string> {
    if (asked === FITTED) return FITTED;
    const space = await this.embedder.space();
    if (!asked || asked === space.provider || asked === spaceId(space)) return spaceId(space);
    throw new SignalboxError(
      'INVALID_INPUT',
      `embedding: there is ${space.provider} (${spaceId(space)}) and ${FITTED}, which is fitted on the dataset, but not ${asked}`,
    );
  }

  find(id: string): Promise<DatasetEntity | null> {
    return isUuid(id) ? this.datasets.find(id) : Promise.resolve(null);
  }

  byId(ids: readonly string[]): Promise<Map<string, DatasetEntity>> {
    return this.datasets.byId(ids.filter((id) => isUuid(id)));
  }

  /** @throws SignalboxError INVALID_INPUT */
  async list(router: string | null, first: number | null, after: string | null): Promise<Connection<DatasetType>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf<DatasetType>(await this.datasets.page(router, page), page, ({ id }) => id);
  }
}

function requestOf(input: BuildDatasetInput): DatasetRequest {
  const { split } = input;
  if (split === SplitMethod.TASK) throw new SignalboxError('INVALID_INPUT', 'split: calls carry no task; choose TIME');
  refuseShares(input.testShare ?? DEFAULT_TEST_SHARE, input.validationShare ?? 0);
  const request = datasetRequest.safeParse({
    filter: input.filter ? filterOf(input.filter) : null,
    split: split ?? SplitMethod.TIME,
    testShare: input.testShare ?? DEFAULT_TEST_SHARE,
    embargoSeconds: input.embargoSeconds ?? DEFAULT_EMBARGO_SECONDS,
    seed: input.seed ?? 0,
  });
  if (request.success) return request.data;
  const faults = request.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new SignalboxError('INVALID_INPUT', faults.join('; '));
}

/** @throws SignalboxError INVALID_INPUT for a validation part, which is not cut: a share is never taken and then ignored */
function refuseShares(testShare: number, validationShare: number): void {
  const both = testShare + validationShare;
  if (both >= 1) {
    throw new SignalboxError(
      'INVALID_INPUT',
      `testShare, validationShare: together they are ${both}, which leaves nothing to train on; give less than 1`,
    );
  }
  if (validationShare === 0 || validationShare === DEFAULT_VALIDATION_SHARE) return;
  throw new SignalboxError(
    'INVALID_INPUT',
    `validationShare: no part is cut for validation, so ${validationShare} would be ignored; leave it out or give 0`,
    'Leave validationShare out: settings are chosen by 4-fold out-of-fold prediction within train.',
  );
}

function filterOf(filter: LlmCallFilter): Record<keyof typeof callFilter.shape, unknown> {
  return {
    from: filter.from?.toISOString() ?? null,
    to: filter.to?.toISOString() ?? null,
    modelName: filter.modelName ?? null,
    sourceId: filter.sourceId ?? null,
    sessionId: filter.sessionId ?? null,
    userId: filter.userId ?? null,
    status: filter.status ?? null,
    labelled: filter.labelled ?? null,
    performanceBelow: filter.performanceBelow ?? null,
    text: filter.text ?? null,
  };
}
