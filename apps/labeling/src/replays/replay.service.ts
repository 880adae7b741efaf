import { Inject, Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { endpointOf, Outbound } from '@signalbox/outbound';
import { seal, inputDigest } from '@signalbox/platform';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { storedFilter, type StoredFilter } from '../calls/call-filter.js';
import { IdempotencyKeys } from '@signalbox/database';
import { invalid } from '../labelers/invalid.js';
import { CHAT_API } from '../labelers/judge-settings.js';
import { apiKeyOf } from '../labelers/labeler-settings.js';
import { ambiguityNote } from '../runs/run.service.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { CandidatesRepository } from './candidates.repository.js';
import { ASKED_AGAIN_SHARE } from './drift.repository.js';
import { EligibleRepository } from './eligible.repository.js';
import { ReplayForecast } from './replay-forecast.js';
import { ReplaySampling, type ReplayCallsInput } from './replay.input.js';
import { ReplayRepository, type CellRow, type NewReplay, type ReplayRow } from './replay.repository.js';
import type { ReplayType } from './replay.type.js';

export const REPLAY_JOB = workJob('replay');

/** What a replay could draw from, whom it could ask, and what it would tell and cost. */
@Injectable()
export class ReplayProspects {
  constructor(
    readonly eligible: EligibleRepository,
    readonly candidates: CandidatesRepository,
    readonly forecast: ReplayForecast,
    readonly outbound: Outbound,
  ) {}
}

@Injectable()
export class ReplayService {
  constructor(
    private readonly replays: ReplayRepository,
    private readonly prospects: ReplayProspects,
    private readonly idempotency: IdempotencyKeys,
    private readonly queue: JobQueue,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, ADDRESS_REFUSED, NOT_FOUND (the router), REPLAY_NO_ENDPOINT, NO_CALLS, DEPENDENCY_UNAVAILABLE, IDEMPOTENCY_CONFLICT */
  async request({ idempotencyKey: key, ...input }: ReplayCallsInput): Promise<ReplayType> {
    const wanted = await this.replayOf(input);
    const id = await this.replays.transaction(async (manager) => {
      const claim = {
        operation: 'replayCalls',
        key,
        bodyHash: inputDigest(input, this.environment.secretKey),
        objectId: wanted.id,
      };
      const held = await this.idempotency.claim(manager, claim);
      if (held === wanted.id) await this.replays.insert(manager, wanted);
      return held;
    });
    await this.queue.add(commandQueue('labeling'), REPLAY_JOB, { id });
    const replay = await this.find(id);
    if (!replay) throw new Error(`replay ${id} is gone`);
    return replay;
  }

  async find(id: string): Promise<ReplayType | null> {
    const replay = isUuid(id) ? await this.replays.find(id) : null;
    return replay && shown(replay);
  }

  /** @throws SignalboxError INVALID_INPUT */
  async cells(replayId: string, first: number, after: string | null): Promise<Connection<CellRow>> {
    const page = pageAsked(first, after, isUuid);
    return pageOf(await this.replays.cells(replayId, page.after, page.size + 1), page, ({ id }) => id);
  }

  cellsById(ids: readonly string[]): Promise<Map<string, CellRow>> {
    return this.replays.cellsById(ids);
  }

  private async replayOf(input: Omit<ReplayCallsInput, 'idempotencyKey'>): Promise<NewReplay> {
    const { sampling, onlyWhereDifferent, endpoint, sampleSize, budgetUsd } = input;
    if ((sampling ?? ReplaySampling.RANDOM) !== ReplaySampling.RANDOM)
      throw invalid(`sampling: ${sampling} comes later; use RANDOM`);
    if (onlyWhereDifferent) throw invalid('onlyWhereDifferent: comes later; leave it out');
    if (!endpoint)
      throw new SignalboxError('REPLAY_NO_ENDPOINT', 'A replay needs an endpoint to ask the candidates through.');
    const apiKey = apiKeyOf(input.credentials);
    const baseUrl = endpointOf('endpoint', endpoint, CHAT_API, this.prospects.outbound);
    const filter = storedFilter.parse(input.filter ?? {});
    const candidates = namesOf(input.candidates);
    const router = input.router ?? null;
    if (router !== null) await this.requireOfRouter(candidates, router);
    const eligible = await this.prospects.eligible.summary(filter);
    if (eligible.prompts === 0) {
      throw new SignalboxError(
        'NO_CALLS',
        'No call can be replayed: none is answered with text, whole, and without tools.',
      );
    }
    const { forecast } = this.prospects;
    const prompts = Math.min(sampleSize, eligible.prompts);
    const { expectedHalfWidth, expectedCostUsd: candidatesUsd } = await forecast.of(
      prompts,
      candidates,
      router,
      eligible,
    );
    const againUsd = await this.costOfAskingAgain(prompts, filter, candidates, router);
    return {
      ...{ id: uuidv7(), retrainId: null, router, filter, candidates, endpoint: baseUrl, sampleSize, budgetUsd },
      expectedHalfWidth,
      expectedCostUsd: candidatesUsd === null || againUsd === null ? null : candidatesUsd + againUsd,
      seed: input.seed ?? 0,
      maxRequestsPerSecond: input.maxRequestsPerSecond ?? null,
      sealedCredentials: apiKey === null ? null : seal(apiKey, this.environment.secretKey),
      skippedForTools: eligible.needTools,
      judgeId: await forecast.judgeId(),
    };
  }

  /** Of the logged models that are no candidates; null when what they cost is not known. */
  private async costOfAskingAgain(
    prompts: number,
    filter: StoredFilter,
    candidates: readonly string[],
    router: string | null,
  ): Promise<number | null> {
    const names = await this.prospects.candidates.namesOf(candidates, router);
    const { share, meanCostUsd } = await this.prospects.eligible.ofOthers(filter, [...names.values()].flat());
    if (share === 0) return 0;
    return meanCostUsd === null ? null : Math.ceil(ASKED_AGAIN_SHARE * prompts) * share * meanCostUsd;
  }

  /** By name or alias, in any case, as a dataset of the router takes their answers. */
  private async requireOfRouter(candidates: readonly string[], router: string): Promise<void> {
    const known = await this.prospects.candidates.ofRouter(router, 'A replay for a router');
    if (known.length === 0) throw new SignalboxError('NOT_FOUND', `There is no router ${JSON.stringify(router)}.`);
    const names = new Set(known.flatMap(({ name, aliases }) => [name, ...aliases]).map((name) => name.toLowerCase()));
    const others = candidates.filter((name) => !names.has(name.toLowerCase()));
    if (others.length === 0) return;
    throw invalid(
      `candidates: ${listed(others)} ${others.length === 1 ? 'is' : 'are'} not of the router ${router}, which has ${listed(known.map(({ name }) => name))}`,
    );
  }
}

/** Of models that only the endpoint knows, no more can be told before they are asked. */
function namesOf(candidates: readonly string[]): string[] {
  if (candidates.some((name) => name.trim() === '')) throw invalid('candidates: a name is blank');
  const twice = [...new Set(candidates.filter((name, i) => candidates.indexOf(name) < i))];
  if (twice.length > 0) throw invalid(`candidates: ${listed(twice)} stands there twice; name each once`);
  return [...candidates];
}

const listed = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');

/** What the numbers of a replay do not say by themselves. */
export function notesOf({ unpriced, ambiguous }: ReplayRow): string[] {
  const notes: string[] = [];
  if (unpriced > 0)
    notes.push(
      `The price of ${unpriced} answers and verdicts is not known, so they count as 0 USD, of the budget as well. Give the candidates of the router and the judge inputPrice and outputPrice.`,
    );
  if (ambiguous > 0) notes.push(ambiguityNote(ambiguous));
  return notes;
}

function shown(replay: ReplayRow): ReplayType {
  const { id, status, prompts, candidates, budgetUsd, spentUsd, cells, answeredCells, failedCells } = replay;
  const { skippedForTools, expectedHalfWidth, expectedCostUsd, problem, planned, unpriced } = replay;
  const cellCount = answeredCells + failedCells;
  return {
    ...{ id, status, prompts, candidates, budgetUsd, spentUsd, cellCount, failedCells },
    ...{ skippedForTools, expectedHalfWidth, expectedCostUsd, problem, unpriced },
    notes: notesOf(replay),
    progress: { done: cellCount, total: planned ? cells : null, unit: 'cells', costUsd: spentUsd },
  };
}
