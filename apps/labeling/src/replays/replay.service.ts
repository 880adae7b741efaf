import { Inject, Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { pageAsked, pageOf, type Connection } from '@signalbox/contracts/graphql';
import { endpointOf } from '@signalbox/outbound';
import { seal, inputDigest } from '@signalbox/platform';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { storedFilter } from '../calls/call-filter.js';
import { IdempotencyKeys } from '@signalbox/database';
import { invalid } from '../labelers/invalid.js';
import { CHAT_API } from '../labelers/judge-settings.js';
import { apiKeyOf } from '../labelers/labeler-settings.js';
import { ambiguityNote } from '../runs/run.service.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { sumOrNull } from './replay-forecast.js';
import { ReplayProspects } from './replay-prospects.js';
import { ReplaySampling, type ReplayCallsInput } from './replay.input.js';
import { ReplayRepository, type CellRow, type NewReplay, type ReplayRow } from './replay.repository.js';
import type { ReplayType } from './replay.type.js';
import { nothingToReplay } from './targeted-planner.js';

export const REPLAY_JOB = workJob('replay');

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
    const { endpoint, sampleSize, budgetUsd } = input;
    const [sampling, onlyWhereDifferent] = [input.sampling ?? ReplaySampling.RANDOM, input.onlyWhereDifferent ?? false];
    const { eligible: pool, forecast } = this.prospects;
    if (!endpoint)
      throw new SignalboxError('REPLAY_NO_ENDPOINT', 'A replay needs an endpoint to ask the candidates through.');
    const apiKey = apiKeyOf(input.credentials);
    const baseUrl = endpointOf('endpoint', endpoint, CHAT_API, this.prospects.outbound);
    const filter = storedFilter.parse(input.filter ?? {});
    const candidates = namesOf(input.candidates);
    const router = input.router ?? null;
    if (router !== null) await this.requireOfRouter(candidates, router);
    const deployed = await this.deployed(router, sampling, onlyWhereDifferent);
    const eligible = await pool.summary(filter);
    if (eligible.prompts === 0) throw nothingToReplay();
    const asked = { filter, candidates, router };
    // Of what is not drawn uniformly nothing can be told until it is drawn.
    const isUniform = sampling === ReplaySampling.RANDOM && !onlyWhereDifferent;
    const prompts = Math.min(sampleSize, eligible.prompts);
    const expected = isUniform ? await forecast.of(asked, prompts, eligible) : null;
    const judgeId = await forecast.judgeId();
    const pairwise = input.pairwise ?? false;
    const againUsd = isUniform ? await forecast.ofAskingAgain(asked, prompts) : null;
    return {
      ...{ id: uuidv7(), retrainId: null, router, filter, candidates, endpoint: baseUrl, sampleSize, budgetUsd },
      ...{ sampling, onlyWhereDifferent, ...deployed },
      expectedHalfWidth: expected?.expectedHalfWidth ?? null,
      expectedCostUsd: sumOrNull([expected?.expectedCostUsd ?? null, againUsd]),
      seed: input.seed ?? 0,
      maxRequestsPerSecond: input.maxRequestsPerSecond ?? null,
      sealedCredentials: apiKey === null ? null : seal(apiKey, this.environment.secretKey),
      skippedForTools: eligible.needTools,
      ...{ judgeId, pairwise, comparisonUsd: pairwise ? await forecast.ofComparing(judgeId, eligible) : null },
    };
  }

  /** The version whose choices decide what is drawn or asked; of nulls where none does. */
  private async deployed(
    router: string | null,
    sampling: ReplaySampling,
    onlyWhereDifferent: boolean,
  ): Promise<Pick<NewReplay, 'version' | 'manifestSha256'>> {
    const isUncertain = sampling === ReplaySampling.UNCERTAIN;
    if (!isUncertain && !onlyWhereDifferent) return { version: null, manifestSha256: null };
    if (isUncertain && onlyWhereDifferent) {
      throw invalid(
        'sampling: UNCERTAIN draws where the champion is unsure, onlyWhereDifferent asks where the challenger differs; give one',
      );
    }
    const why = isUncertain ? 'sampling: UNCERTAIN' : 'onlyWhereDifferent';
    if (router === null) throw invalid(`router: ${why} needs the router whose choices are meant`);
    return this.prospects.choices.deployed(router, isUncertain ? 'champion' : 'challenger');
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
export function notesOf(replay: ReplayRow): string[] {
  const { unpriced, leftOut, router, version, pairwise, comparisonUsd, ambiguous } = replay;
  const notes: string[] = [];
  if (unpriced > 0) {
    notes.push(
      `The price of ${unpriced} answers and verdicts is not known, so they count as 0 USD, of the budget as well. Give the candidates of the router and the judge inputPrice and outputPrice.`,
    );
  }
  if (leftOut > 0) {
    notes.push(
      `${leftOut} prompts were left out, since ${router ?? ''}@${version ?? ''} may choose no candidate for them: they are longer than maxInputTokens of each, or none is available.`,
    );
  }
  if (pairwise && comparisonUsd === null) {
    notes.push(
      'expectedCostUsd leaves out the comparisons with the logged answers, since the price of the judge or the tokens of the calls are not known. Give the judge inputPrice and outputPrice.',
    );
  }
  if (ambiguous > 0) notes.push(ambiguityNote(ambiguous));
  return notes;
}

/** Until the sample is drawn, of all the cells that it can have but for logged models that are asked again. */
function withComparisons({ expectedCostUsd, comparisonUsd, planned, cells, sampleSize, candidates }: ReplayRow) {
  const compared = planned ? cells : sampleSize * candidates.length;
  return expectedCostUsd === null ? null : expectedCostUsd + compared * (comparisonUsd ?? 0);
}

function shown(replay: ReplayRow): ReplayType {
  const { id, status, prompts, candidates, budgetUsd, spentUsd, cells, answeredCells, failedCells } = replay;
  const { skippedForTools, expectedHalfWidth, problem, planned, unpriced } = replay;
  const { sampling, onlyWhereDifferent, differentPrompts, router, version } = replay;
  const cellCount = answeredCells + failedCells;
  return {
    ...{ id, status, prompts, candidates, budgetUsd, spentUsd, cellCount, failedCells },
    ...{ skippedForTools, expectedHalfWidth, expectedCostUsd: withComparisons(replay), problem, unpriced },
    ...{ sampling, onlyWhereDifferent, differentPrompts },
    routerVersion: router === null || version === null ? null : `${router}@${version}`,
    notes: notesOf(replay),
    progress: { done: cellCount, total: planned ? cells : null, unit: 'cells', costUsd: spentUsd },
  };
}
