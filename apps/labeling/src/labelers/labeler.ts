import { createHash } from 'node:crypto';
import { isMetricName, METRICS_VERSION, rubricVersion, type MetricName } from '@signalbox/scoring';
import { z } from 'zod';
import { IN_FLIGHT } from '../answering/in-flight.js';

const metricSettings = z.object({
  metric: z.string().refine(isMetricName),
  /** Known answers, and a hash of them: a labeler whose answers change is another labeler. */
  truths: z.int(),
  truthsHash: z.string(),
});
const judgeSettings = z.object({
  model: z.string(),
  baseUrl: z.string(),
  allowUncalibrated: z.boolean(),
  /** USD per million tokens; null when not known. */
  inputPrice: z.number().nullable(),
  outputPrice: z.number().nullable(),
  /** What the levels mean for the application; null for the project's own words alone. */
  rubric: z.string().nullable().default(null),
  /** The metric whose known answers it is shown, and their hash. */
  reference: z.object({ labeler: z.string(), truthsHash: z.string() }).nullable().default(null),
  timeoutSeconds: z.number().nullable().default(null),
  /** Changes no verdict, and so no version. */
  concurrency: z.int().optional(),
});
/** A judge never changes, so that a panel may keep what its version follows from. */
const seat = z.object({ name: z.string(), settings: judgeSettings });
const panelSettings = z.object({ members: z.array(seat), escalation: seat.nullable(), allowUncalibrated: z.boolean() });
export type MetricSettings = Omit<z.infer<typeof metricSettings>, 'metric'> & { metric: MetricName };
export type JudgeSettings = z.infer<typeof judgeSettings>;
export type PanelSettings = z.infer<typeof panelSettings>;

interface Named {
  id: string;
  name: string;
  version: string;
}
export interface MetricLabeler extends Named {
  kind: 'METRIC';
  settings: MetricSettings;
}
export interface SingleJudge extends Named {
  kind: 'JUDGE';
  settings: JudgeSettings;
  sealedCredentials: string | null;
}
/** Judges who say something where they agree. */
export interface JudgePanel extends Named {
  kind: 'JUDGE';
  settings: PanelSettings;
}
export type JudgeLabeler = SingleJudge | JudgePanel;
export type Labeler = MetricLabeler | JudgeLabeler;

export interface LabelerRow {
  id: string;
  name: string;
  kind: 'METRIC' | 'JUDGE';
  settings: unknown;
  sealedCredentials: string | null;
}

/** Labels of people and of feedback carry these; their rules have no versions yet. */
export const HUMAN_LABELER = { kind: 'HUMAN', labeler: 'human', version: '1' } as const;
export const FEEDBACK_LABELER = { kind: 'FEEDBACK', labeler: 'feedback', version: '1' } as const;

/** A stored labeler. Its version is that of the code which labels now: other rules are another labeler version. */
export function labelerOf({ id, name, kind, settings, sealedCredentials }: LabelerRow): Labeler {
  if (kind === 'METRIC') {
    const parsed = metricSettings.parse(settings);
    return { id, name, kind, version: METRICS_VERSION, settings: { ...parsed, metric: metricName(parsed.metric) } };
  }
  const parsed = z.union([panelSettings, judgeSettings]).parse(settings);
  if ('members' in parsed) return { id, name, kind, version: panelVersionOf(parsed), settings: parsed };
  return { id, name, kind, version: versionOf(parsed), settings: parsed, sealedCredentials };
}

export const isPanel = (judge: JudgeLabeler): judge is JudgePanel => 'members' in judge.settings;

/** The judges that are asked, at the most, when this one is. */
const seatsOf = ({ members, escalation }: PanelSettings): PanelSettings['members'] => [
  ...members,
  ...(escalation ? [escalation] : []),
];

/** How many answers it is given at once: of a panel, as many as the judge bears that bears the fewest. */
export function concurrencyOf(judge: JudgeLabeler): number {
  const asked = isPanel(judge) ? seatsOf(judge.settings).map(({ settings }) => settings) : [judge.settings];
  return Math.min(...asked.map(({ concurrency }) => concurrency ?? IN_FLIGHT));
}

/** Names of the metrics whose known answers it is shown. */
export function referencesOf(judge: JudgeLabeler): string[] {
  const asked = isPanel(judge) ? seatsOf(judge.settings).map(({ settings }) => settings) : [judge.settings];
  return asked.flatMap(({ reference }) => reference?.labeler ?? []);
}

function panelVersionOf({ members, escalation }: PanelSettings): string {
  const versions = [...members, escalation].map((each) => each && [each.name, versionOf(each.settings)]);
  return `panel-${createHash('sha256').update(JSON.stringify(versions)).digest('hex').slice(0, 8)}`;
}

function versionOf({ model, rubric, reference }: JudgeSettings): string {
  const version = `${model}-${rubricVersion(rubric)}`;
  if (reference === null) return version;
  const known = createHash('sha256').update(JSON.stringify([reference.labeler, reference.truthsHash]));
  return `${version}-${known.digest('hex').slice(0, 8)}`;
}

function metricName(name: string): MetricName {
  if (isMetricName(name)) return name;
  throw new TypeError(`no metric ${name}`);
}
