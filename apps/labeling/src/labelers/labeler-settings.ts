import { createHash } from 'node:crypto';
import { invalid } from './invalid.js';
import { type Outbound } from '@signalbox/outbound';
import { isMetricName, METRIC_NAMES, parseGroundTruth, type KnownTruth } from '@signalbox/scoring';
import { redactText, type RedactionLevelName } from '@signalbox/spans';
import { z } from 'zod';
import { storable } from '../answering/storable.js';
import { judgeSettingsOf, onlyForJudges } from './judge-settings.js';
import { panelSettingsOf } from './panel-settings.js';
import type { JudgeSettings, Labeler, MetricSettings, PanelSettings } from './labeler.js';
import { LabelerKind } from './labeler.type.js';
import type { CreateLabelerInput } from './labeler.input.js';

export interface GroundTruth {
  /** `query ` and the sha256 of the prompt's text, `call ` or `trace ` and an id, `rule ` and a text that prompts hold. */
  target: string;
  answer: string;
}

const REDACTED_LEVELS: readonly RedactionLevelName[] = ['ON', 'STRICT'];

export type LabelerSettings =
  | { kind: 'METRIC'; settings: MetricSettings; truths: GroundTruth[]; redactedTruths: GroundTruth[]; apiKey: null }
  | { kind: 'JUDGE'; settings: JudgeSettings | PanelSettings; truths: []; redactedTruths: []; apiKey: string | null };

const credentials = z.union([
  z.strictObject({ apiKey: z.string().min(1) }),
  z.strictObject({ token: z.string().min(1) }).transform(({ token }) => ({ apiKey: token })),
]);

export const queryTarget = (query: string): string =>
  `query ${createHash('sha256').update(query, 'utf8').digest('hex')}`;
export const callTarget = (id: string): string => `call ${id.toLowerCase()}`;
export const traceTarget = (traceId: string): string => `trace ${storable(traceId.toLowerCase())}`;
const RULE = 'rule ';
/** The text of a rule is kept, since it is looked for in prompts. */
export const textOfRule = (target: string): string | null =>
  target.startsWith(RULE) ? target.slice(RULE.length) : null;

/**
 * @param known the labelers that there are, which a judge may name
 * @throws SignalboxError ADDRESS_REFUSED, NOT_FOUND (a labeler), or INVALID_INPUT that names the field; a value is never repeated,
 * it may be a secret or a prompt
 */
export function labelerSettingsOf(
  input: CreateLabelerInput,
  outbound: Outbound,
  known: readonly Labeler[],
): LabelerSettings {
  switch (input.kind) {
    case LabelerKind.METRIC:
      onlyForJudges(input);
      return { kind: 'METRIC', ...metricOf(input), apiKey: null };
    case LabelerKind.JUDGE:
      return {
        kind: 'JUDGE',
        settings: input.panel ? panelSettingsOf(input, known) : judgeSettingsOf(input, outbound, known),
        truths: [],
        redactedTruths: [],
        apiKey: apiKeyOf(input.credentials),
      };
    default:
      throw invalid(
        `kind: ${input.kind} needs no labeler; use submit${input.kind === LabelerKind.HUMAN ? 'HumanLabel' : 'Feedback'}`,
      );
  }
}

function metricOf({
  metric,
  groundTruth,
}: CreateLabelerInput): Omit<Extract<LabelerSettings, { kind: 'METRIC' }>, 'kind' | 'apiKey'> {
  if (!metric || !isMetricName(metric)) throw invalid(`metric: expected one of ${METRIC_NAMES.join(', ')}`);
  const { truths, redactedTruths } = groundTruthOf(groundTruth);
  const hash = createHash('sha256');
  for (const { target, answer } of truths) hash.update(JSON.stringify([target, answer]));
  return { settings: { metric, truths: truths.length, truthsHash: hash.digest('hex') }, truths, redactedTruths };
}

/**
 * Ingest may have redacted the prompts that the known answers belong to, so that each is known under its redacted texts too. Texts that
 * redaction makes equal, with different answers, are known under neither.
 */
function groundTruthOf(value: unknown): { truths: GroundTruth[]; redactedTruths: GroundTruth[] } {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid('groundTruth: expected an array of {query | callId | traceId | contains, answer}');
  const parsed = parseGroundTruth(value, (text) => redactText(text, 'ON').redactions > 0);
  if (!parsed.ok) {
    const [fault] = parsed.faults;
    throw invalid(`groundTruth[${fault?.index}]: ${fault?.hint}`);
  }
  const answers = new Map<string, string>();
  const redacted = new Map<string, string | null>();
  for (const [index, known] of parsed.truths.entries()) {
    const [target, answer] = [targetOf(known), storable(known.answer)];
    if ((answers.get(target) ?? answer) !== answer)
      throw invalid(`groundTruth[${index}]: another row gives another answer to the same`);
    answers.set(target, answer);
    for (const level of known.of === 'query' ? REDACTED_LEVELS : []) {
      const form = redactText(known.name, level);
      if (form.redactions === 0) continue;
      const alias = queryTarget(form.value);
      const before = redacted.get(alias);
      redacted.set(alias, before === undefined || before === answer ? answer : null);
    }
  }
  return { truths: inOrder(answers), redactedTruths: inOrder(redacted).filter(({ target }) => !answers.has(target)) };
}

function targetOf({ of, name }: KnownTruth): string {
  switch (of) {
    case 'query':
      return queryTarget(name);
    case 'call':
      return callTarget(name);
    case 'trace':
      return traceTarget(name);
    case 'rule':
      return `${RULE}${storable(name)}`;
  }
}

function inOrder(answers: ReadonlyMap<string, string | null>): GroundTruth[] {
  return [...answers]
    .flatMap(([target, answer]) => (answer === null ? [] : [{ target, answer }]))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

/** @throws SignalboxError INVALID_INPUT */
export function apiKeyOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const parsed = credentials.safeParse(value);
  if (!parsed.success) throw invalid('credentials: expected {apiKey} or {token}');
  return parsed.data.apiKey;
}
