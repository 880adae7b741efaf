import { inputDigest } from '@signalbox/platform';
import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { storable } from '../answering/storable.js';
import { storedFilter } from '../calls/call-filter.js';
import { CallsRepository, type CallTarget } from '../calls/calls.repository.js';
import { IdempotencyKeys, type Claim } from '@signalbox/database';
import { FEEDBACK_LABELER, HUMAN_LABELER } from '../labelers/labeler.js';
import { invalid } from '../labelers/invalid.js';
import { LABELING_ENVIRONMENT, type LabelingEnvironment } from '../labeling.environment.js';
import { LabelRepository, type LabelRow, type NewLabel } from '../labels/label.repository.js';
import { FeedbackRepository, type Feedback, type FeedbackRow } from './feedback.repository.js';
import type { CallsToLabelArgs, SubmitFeedbackInput, SubmitHumanLabelInput } from './opinion.input.js';

/** Calls that are handed out at once. */
const MAX_PAGE = 200;
/** Feedback joined in one transaction. */
const JOINED_AT_ONCE = 1_000;

/** What people say of answers. */
@Injectable()
export class OpinionService {
  constructor(
    private readonly labels: LabelRepository,
    private readonly feedback: FeedbackRepository,
    private readonly calls: CallsRepository,
    private readonly idempotency: IdempotencyKeys,
    @Inject(LABELING_ENVIRONMENT) private readonly environment: LabelingEnvironment,
  ) {}

  /**
   * Keeps feedback, and labels its call where that has been read; else it waits for the call. A user's later feedback replaces
   * the one before.
   * @throws SignalboxError INVALID_INPUT, IDEMPOTENCY_CONFLICT, NOT_FOUND for a call that was removed
   */
  async submitFeedback({ idempotencyKey, ...input }: SubmitFeedbackInput): Promise<LabelRow> {
    const target = targetOf(input);
    const found = await this.calls.idOf(target);
    const [kind, key] = nameOf(target);
    const wanted = {
      id: uuidv7(),
      target: `${kind} ${key}`,
      userId: storable(input.userId ?? ''),
      score: input.score,
      comment: textOf(input.comment),
    };
    const claim = this.claim('submitFeedback', idempotencyKey, input, wanted.id);
    return this.labels.transaction(async (manager) => {
      const held = await this.idempotency.claim(manager, claim);
      const earlier = held === wanted.id ? null : await this.feedback.byId(manager, held);
      if (earlier) {
        const { labeler, version } = FEEDBACK_LABELER;
        const label =
          earlier.callId && (await this.labels.find(manager, earlier.callId, labeler, version, earlier.userId));
        return label || waitingLabel(earlier);
      }
      if (found === null && (await this.feedback.isOnForgotten(manager, target))) {
        throw new SignalboxError('NOT_FOUND', `The call of ${kind} ${key} was removed, by deleteUserData or by age.`);
      }
      const kept = await this.feedback.put(manager, wanted);
      if (kept.id !== held) await this.idempotency.move(manager, claim, kept.id);
      const callId = kept.callId ?? found; // a trace may have grown since, and the user's opinion stays with its answer
      if (callId === null) return waitingLabel(kept);
      await this.labels.replace(manager, [feedbackLabel({ ...kept, callId })]);
      const { labeler, version } = FEEDBACK_LABELER;
      const label = await this.labels.find(manager, callId, labeler, version, kept.userId);
      if (!label) return waitingLabel(kept); // its call was forgotten meanwhile
      await this.feedback.joined(manager, [{ id: kept.id, callId }]);
      return label;
    });
  }

  /** @throws SignalboxError INVALID_INPUT, DEPENDENCY_UNAVAILABLE (ingest) */
  async callsToLabel({ filter, userId, seed, first }: CallsToLabelArgs): Promise<string[]> {
    const size = first ?? 20;
    if (size < 1 || size > MAX_PAGE) throw invalid(`first: expected 1 to ${MAX_PAGE}`);
    return this.calls.unlabelled(storedFilter.parse(filter ?? {}), storable(userId ?? ''), seed ?? 0, size);
  }

  /** @throws SignalboxError NOT_FOUND, DEPENDENCY_UNAVAILABLE (ingest), IDEMPOTENCY_CONFLICT */
  async submitHumanLabel({ idempotencyKey, ...input }: SubmitHumanLabelInput): Promise<LabelRow> {
    const { callId, score, rationale } = input;
    if (!isUuid(callId) || !(await this.calls.exists(callId)))
      throw new SignalboxError('NOT_FOUND', `There is no call ${callId}.`);
    const { kind, labeler, version } = HUMAN_LABELER;
    const label: NewLabel = {
      ...{ id: uuidv7(), target: callId, kind, labeler, version },
      ...{ userId: storable(input.userId ?? ''), score, rationale: textOf(rationale), costUsd: null },
    };
    return this.labels.transaction(async (manager) => {
      const claim = this.claim('submitHumanLabel', idempotencyKey, input, label.id);
      const held = await this.idempotency.claim(manager, claim);
      if (held === label.id) await this.labels.replace(manager, [label]);
      const kept = await this.labels.find(manager, callId, labeler, version, label.userId);
      if (!kept) throw new SignalboxError('NOT_FOUND', `There is no call ${callId}.`); // it was forgotten meanwhile
      return kept;
    });
  }

  /** Labels calls that feedback had been waiting for. @returns how many */
  async joinWaiting(): Promise<number> {
    for (let joined = 0; ;) {
      const arrived = await this.labels.transaction(async (manager) => {
        const feedback = await this.feedback.arrived(manager, JOINED_AT_ONCE);
        // Two targets may turn out to be one call: of one user the latest stands.
        const latest = new Map(feedback.map((each) => [`${each.callId} ${each.userId}`, each]));
        await this.labels.replace(manager, [...latest.values()].map(feedbackLabel));
        if (feedback.length > 0) await this.feedback.joined(manager, feedback);
        return feedback.length;
      });
      joined += arrived;
      if (arrived < JOINED_AT_ONCE) return joined;
    }
  }

  private claim(operation: string, key: string | null | undefined, body: unknown, objectId: string): Claim {
    return { operation, key, bodyHash: inputDigest(body, this.environment.secretKey), objectId };
  }
}

/** @throws SignalboxError INVALID_INPUT unless exactly one names the call */
function targetOf({ callId, traceId, requestId }: SubmitFeedbackInput): CallTarget {
  const targets: CallTarget[] = [
    ...(callId ? [{ callId: callId.toLowerCase() }] : []),
    ...(traceId ? [{ traceId: storable(traceId.toLowerCase()) }] : []),
    ...(requestId ? [{ requestId: storable(requestId) }] : []),
  ];
  const [target] = targets;
  if (!target || targets.length > 1) throw invalid('callId, traceId, requestId: give exactly one');
  if (callId && !isUuid(callId)) throw invalid('callId: expected the id of a call');
  return target;
}

const textOf = (text: string | null | undefined): string | null => (text ? storable(text) : null);

function nameOf(target: CallTarget): [string, string] {
  if ('callId' in target) return ['call', target.callId];
  return 'traceId' in target ? ['trace', target.traceId] : ['request', target.requestId];
}

function feedbackLabel({ id, callId, userId, score, comment }: Feedback & { callId: string }): NewLabel {
  return { id, target: callId, ...FEEDBACK_LABELER, userId, score, rationale: comment, costUsd: null };
}

/** Feedback whose call has not been read yet; it becomes a label of this id. */
function waitingLabel({ id, score, comment, createdAt }: FeedbackRow): LabelRow {
  const { kind, labeler, version } = FEEDBACK_LABELER;
  return {
    ...{ id, callId: null, replayCellId: null, kind, labeler, labelerVersion: version },
    ...{ score, abstained: false, rationale: comment, costUsd: null, createdAt },
  };
}
