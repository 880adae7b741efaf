import { inputDigest } from '@signalbox/platform';
import { Inject, Injectable } from '@nestjs/common';
import { commandQueue, SignalboxError } from '@signalbox/contracts';
import { JobQueue, workJob } from '@signalbox/queue';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { storedFilter } from '../calls/call-filter.js';
import { IdempotencyKeys } from '@signalbox/database';
import { invalid } from '../labelers/invalid.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import type { LabelCallsInput } from './run.input.js';
import { RunRepository, type RunRow } from './run.repository.js';
import type { LabelingRunType } from './run.type.js';

export const LABEL_JOB = workJob('label');

@Injectable()
export class RunService {
  constructor(
    private readonly runs: RunRepository,
    private readonly labelers: LabelerRepository,
    private readonly idempotency: IdempotencyKeys,
    private readonly queue: JobQueue,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /** @throws SignalboxError INVALID_INPUT, NOT_FOUND (a labeler), IDEMPOTENCY_CONFLICT */
  async request({ idempotencyKey: key, ...input }: LabelCallsInput): Promise<LabelingRunType> {
    const known = await this.labelers.all();
    const labelers = [...new Set(input.labelers)];
    const missing = labelers.filter((name) => !known.some((labeler) => labeler.name === name));
    if (missing.length > 0) {
      const named = missing.map((name) => JSON.stringify(name)).join(', ');
      throw new SignalboxError('NOT_FOUND', `There is no labeler named ${named}.`);
    }
    const sampleSize = input.sampleSize ?? null;
    const budgetUsd = input.budgetUsd ?? null;
    const withJudge = known.some(({ name, kind }) => kind === 'JUDGE' && labelers.includes(name));
    if (withJudge && sampleSize === null && budgetUsd === null) {
      throw invalid('budgetUsd, sampleSize: a judge costs money; give at least one of them');
    }
    const wanted = {
      ...{ id: uuidv7(), retrainId: null, labelers, sampleSize, budgetUsd, judgedModels: null },
      filter: storedFilter.parse(input.filter ?? {}),
      seed: input.seed ?? 0,
    };
    const id = await this.runs.transaction(async (manager) => {
      const claim = {
        operation: 'labelCalls',
        key,
        bodyHash: inputDigest(input, this.environment.secretKey),
        objectId: wanted.id,
      };
      const held = await this.idempotency.claim(manager, claim);
      if (held === wanted.id) await this.runs.insert(wanted, manager);
      return held;
    });
    await this.queue.add(commandQueue('labeling'), LABEL_JOB, { id });
    const run = await this.find(id);
    if (!run) throw new Error(`labelling run ${id} is gone`);
    return run;
  }

  async find(id: string): Promise<LabelingRunType | null> {
    const run = isUuid(id) ? await this.runs.find(id) : null;
    return run && shown(run);
  }
}

function shown(run: RunRow): LabelingRunType {
  const { id, status, done, total, labelled, unparseable, budgetUsd, spentUsd, feedbackJoined, problem } = run;
  return {
    ...{ id, status, labelled, unparseable, budgetUsd, spentUsd, feedbackJoined, problem },
    progress: { done, total, unit: 'calls', costUsd: spentUsd },
    abstained: run.abstained + unparseable + run.refused,
    unpriced: run.unpriced,
    notes: notesOf(run),
  };
}

/** What the numbers of a run do not say by themselves. */
export function notesOf({ unpriced, inputTokens, outputTokens, ambiguous }: RunRow): string[] {
  const notes: string[] = [];
  if (unpriced > 0)
    notes.push(
      `The price of ${unpriced} verdicts is not known, so they count as 0 USD (the judges read ${inputTokens} and wrote ${outputTokens} tokens in all). Give the judge inputPrice and outputPrice.`,
    );
  if (ambiguous > 0) notes.push(ambiguityNote(ambiguous));
  return notes;
}

/** @param prompts to which rules of a metric give different answers */
export const ambiguityNote = (prompts: number): string =>
  `Rules of a metric give ${prompts} prompts different answers, so that none is known to them. Make a metric whose rules apply to fewer prompts, or name these prompts by query or callId.`;
