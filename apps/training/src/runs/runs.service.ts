import { Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { JobStatus, pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { spaceOf } from '@signalbox/embedders';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { DatasetsService } from '../datasets/datasets.service.js';
import { IdempotencyRepository } from '../idempotency/idempotency.repository.js';
import { RunEntity } from './run.entity.js';
import type { TrainRouterInput } from './run.input.js';
import { RunsRepository } from './runs.repository.js';

export const TRAIN_JOB = workJob('train');
const OPERATION = 'trainRouter';

@Injectable()
export class RunsService {
  constructor(
    private readonly runs: RunsRepository,
    private readonly datasets: DatasetsService,
    private readonly idempotency: IdempotencyRepository,
    private readonly queue: JobQueue,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND, CONFLICT (a dataset that is not frozen), IDEMPOTENCY_CONFLICT */
  async request({
    idempotencyKey: key,
    datasetId,
    routerType,
    params,
    searchSeconds,
    seed,
  }: TrainRouterInput): Promise<RunEntity> {
    const fixed = params !== null && params !== undefined && JSON.stringify(params) !== '{}';
    if (fixed) throw new SignalboxError('INVALID_INPUT', 'params: they are chosen out of fold; leave them out');
    if (searchSeconds)
      throw new SignalboxError('INVALID_INPUT', 'searchSeconds: the whole grid is searched; leave it out');
    const dataset = await this.datasets.find(datasetId);
    if (!dataset) throw new SignalboxError('NOT_FOUND', `There is no dataset ${datasetId}.`);
    if (dataset.status !== JobStatus.SUCCEEDED) {
      throw new SignalboxError(
        'CONFLICT',
        `Dataset ${datasetId} is ${dataset.status}.`,
        'Wait until it has SUCCEEDED.',
      );
    }
    const { router } = dataset;
    const wanted = {
      id: uuidv7(),
      router,
      routerType,
      datasetId,
      retrainId: null,
      seed: seed ?? 0,
      embedding: spaceOf(dataset.embedding),
    };
    const claim = {
      operation: OPERATION,
      key,
      body: { datasetId, routerType, seed: wanted.seed },
      objectId: wanted.id,
    };
    const id = await this.idempotency.once(claim, (manager) => this.runs.insert([wanted], manager));
    await this.queue.add(commandQueue('training'), TRAIN_JOB, { id });
    const run = await this.find(id);
    if (!run) throw new SignalboxError('INTERNAL', `Training run ${id} is gone.`);
    return run;
  }

  async find(id: string): Promise<RunEntity | null> {
    return (await this.byId([id])).get(id) ?? null;
  }

  byId(ids: readonly string[]): Promise<Map<string, RunEntity>> {
    return this.runs.byId(ids.filter((id) => isUuid(id)));
  }

  /** @throws SignalboxError INVALID_INPUT */
  async list(router: string | null, first: number | null, after: string | null): Promise<Connection<RunEntity>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf(await this.runs.page(router, page), page, ({ id }) => id);
  }
}
