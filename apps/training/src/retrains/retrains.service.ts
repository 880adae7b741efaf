import { Injectable } from '@nestjs/common';
import { SignalboxError, STAGES, type RetrainRequest, type ServiceName, type StageName } from '@signalbox/contracts';
import { JobStatus, pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { HEARTBEAT_MS } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { z } from 'zod';
import { DEFAULT_EMBARGO_SECONDS, DEFAULT_TEST_SHARE } from '../datasets/datasets.service.js';
import { KnownCallsRepository } from '../datasets/known-calls.repository.js';
import { IdempotencyRepository } from '../idempotency/idempotency.repository.js';
import type { TrainedType } from '../runs/run.input.js';
import { RetrainEntity, RetrainStageEntity } from './retrain.entity.js';
import type { TriggerRetrainInput } from './retrain.input.js';
import { RetrainsRepository } from './retrains.repository.js';
import { Saga } from './saga.js';

const registered = z.object({ versionId: z.uuid() });
const OPERATION = 'triggerRetrain';
const DEFAULT_ROUTERS: readonly TrainedType[] = ['knn', 'ridge'];
/** Three heartbeats. */
const SILENCE_MS = 3 * HEARTBEAT_MS;
const REQUESTED_BY = 'anonymous'; // until authentication names somebody

@Injectable()
export class RetrainsService {
  constructor(
    private readonly retrains: RetrainsRepository,
    private readonly known: KnownCallsRepository,
    private readonly idempotency: IdempotencyRepository,
    private readonly saga: Saga,
  ) {}

  /** @throws SignalboxError NOT_FOUND for an unknown router, CONFLICT while another retrain of it runs, IDEMPOTENCY_CONFLICT */
  async trigger(input: TriggerRetrainInput): Promise<RetrainEntity> {
    const { router, idempotencyKey: key } = input;
    if ((await this.known.candidatesOf(router)).length === 0) {
      throw new SignalboxError('NOT_FOUND', `There is no router ${router}.`);
    }
    const request = requestOf(input);
    const reason = input.reason ?? 'asked for by hand';
    const retrain = { id: uuidv7(), router, reason, requestedBy: REQUESTED_BY, request };
    const claim = { operation: OPERATION, key, body: { router, reason, request }, objectId: retrain.id };
    const id = await this.idempotency.once(claim, (manager) => this.retrains.insert(retrain, manager));
    await this.saga.resume();
    return this.require(id);
  }

  /** @throws SignalboxError NOT_FOUND, CONFLICT when it has ended */
  async cancel(id: string): Promise<RetrainEntity> {
    const cancelled = isUuid(id) && (await this.retrains.cancel(id));
    const retrain = await this.require(id);
    if (!cancelled && retrain.status !== JobStatus.CANCELLED) {
      throw new SignalboxError('CONFLICT', `Retrain ${id} has ended: it is ${retrain.status}.`);
    }
    return retrain;
  }

  /**
   * Goes on with one that failed or was cancelled, at the stage where it stood.
   * @throws SignalboxError NOT_FOUND, CONFLICT when it has succeeded or while another retrain of the router runs
   */
  async resume(id: string): Promise<RetrainEntity> {
    const { router } = await this.require(id);
    const resumed = await this.retrains.resume(id, router);
    const retrain = await this.require(id);
    if (!resumed && retrain.status !== JobStatus.RUNNING) {
      throw new SignalboxError('CONFLICT', `Retrain ${id} cannot be resumed: it is ${retrain.status}.`);
    }
    await this.saga.resume();
    return retrain;
  }

  async find(id: string): Promise<RetrainEntity | null> {
    return isUuid(id) ? ((await this.retrains.byId([id])).get(id) ?? null) : null;
  }

  stagesOf(ids: readonly string[]): Promise<Map<string, RetrainStageEntity[]>> {
    return this.retrains.stagesOf(ids);
  }

  /** @throws SignalboxError INVALID_INPUT */
  async ofRouter(router: string, first: number | null, after: string | null): Promise<Connection<RetrainEntity>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf(await this.retrains.page(router, page), page, ({ id }) => id);
  }

  private async require(id: string): Promise<RetrainEntity> {
    const retrain = await this.find(id);
    if (retrain) return retrain;
    throw new SignalboxError('NOT_FOUND', `There is no retrain ${id}.`);
  }
}

/**
 * The service that a stage waits for: its owner, when it has not been heard of for so long that it must be down or busy with
 * other work. Null for a stage that is worked on, or whose turn it is not.
 */
export function waitingFor({ stage, status, heardAt, startedAt }: RetrainStageEntity, now: Date): ServiceName | null {
  const since = heardAt ?? startedAt;
  if (status !== JobStatus.RUNNING || since === null) return null;
  if (now.getTime() - since.getTime() < SILENCE_MS) return null;
  return STAGES.find(({ name }) => name === stage)?.owner ?? null;
}

/** The version that a retrain registered; null until it did. */
export function versionIdOf(stages: readonly RetrainStageEntity[]): string | null {
  const register: StageName = 'register';
  const output = registered.safeParse(stages.find(({ stage }) => stage === register)?.output);
  return output.success ? output.data.versionId : null;
}

function requestOf(input: TriggerRetrainInput): RetrainRequest {
  return {
    routerTypes: [...new Set(input.routerTypes ?? DEFAULT_ROUTERS)],
    judgeBudgetUsd: input.judgeBudgetUsd ?? 5,
    replayBudgetUsd: input.replayBudgetUsd ?? 20,
    replayEndpoint: input.replayEndpoint ?? null,
    replayTestPrompts: input.replayTestPrompts ?? 400,
    replayTrainPrompts: input.replayTrainPrompts ?? 300,
    judgeSample: input.judgeSample ?? 1_500,
    testShare: input.testShare ?? DEFAULT_TEST_SHARE,
    embargoSeconds: input.embargoSeconds ?? DEFAULT_EMBARGO_SECONDS,
    promoteIfGatePasses: input.promoteIfGatePasses ?? true,
    ...(input.embedding && { embedding: input.embedding }),
    seed: input.seed ?? 0,
  };
}
