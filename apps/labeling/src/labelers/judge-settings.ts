import { SignalboxError } from '@signalbox/contracts';
import { endpointOf, type Outbound } from '@signalbox/outbound';
import { IN_FLIGHT } from '../answering/in-flight.js';
import { storable } from '../answering/storable.js';
import { invalid } from './invalid.js';
import type { JudgeSettings, Labeler } from './labeler.js';
import type { CreateLabelerInput } from './labeler.input.js';

/** What a judge and a replay ask. */
export const CHAT_API = 'an OpenAI-style API, e.g. http://litellm:4000/v1';

/** @throws SignalboxError ADDRESS_REFUSED, NOT_FOUND (the metric of the references), INVALID_INPUT */
export function judgeSettingsOf(
  input: CreateLabelerInput,
  outbound: Outbound,
  known: readonly Labeler[],
): JudgeSettings {
  const { model, baseUrl, rubric, referenceFrom, allowUncalibrated, inputPrice, outputPrice, timeoutSeconds } = input;
  const concurrency = input.concurrency ?? IN_FLIGHT;
  if (!model) throw invalid('model: a judge needs the name of a model, or a panel of judges');
  if (input.escalateTo) throw invalid('escalateTo: only a panel has one; give panel, or leave it out');
  if (((inputPrice ?? null) === null) !== ((outputPrice ?? null) === null))
    throw invalid('outputPrice: give both prices or none');
  return {
    model,
    baseUrl: endpointOf('baseUrl', baseUrl, CHAT_API, outbound),
    allowUncalibrated: allowUncalibrated ?? false,
    inputPrice: inputPrice ?? null,
    outputPrice: outputPrice ?? null,
    rubric: rubricOf(rubric),
    reference: referenceFrom === null || referenceFrom === undefined ? null : referenceOf(referenceFrom, known),
    timeoutSeconds: timeoutSeconds ?? null,
    // Left out where it is the usual one, so that a judge from before it could be given is the same judge.
    ...(concurrency === IN_FLIGHT ? {} : { concurrency }),
  };
}

/** @throws SignalboxError INVALID_INPUT for what a metric would leave aside in silence */
export function onlyForJudges(input: CreateLabelerInput): void {
  const { rubric, referenceFrom, timeoutSeconds, concurrency, panel, escalateTo } = input;
  for (const [field, value] of Object.entries({
    rubric,
    referenceFrom,
    timeoutSeconds,
    concurrency,
    panel,
    escalateTo,
  })) {
    if (value !== null && value !== undefined) throw invalid(`${field}: a metric has none; leave it out`);
  }
}

function rubricOf(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const rubric = storable(text).trim();
  if (rubric === '') throw invalid('rubric: is blank; say what the levels mean for your application, or leave it out');
  return rubric;
}

function referenceOf(name: string, known: readonly Labeler[]): JudgeSettings['reference'] {
  const metric = known.find((labeler) => labeler.name === name);
  if (metric?.kind !== 'METRIC')
    throw new SignalboxError('NOT_FOUND', `There is no metric named ${JSON.stringify(name)} to take references from.`);
  return { labeler: name, truthsHash: metric.settings.truthsHash };
}
