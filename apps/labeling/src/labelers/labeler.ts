import { isMetricName, METRICS_VERSION, RUBRIC_VERSION, type MetricName } from '@signalbox/scoring';
import { z } from 'zod';

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
});
export type MetricSettings = Omit<z.infer<typeof metricSettings>, 'metric'> & { metric: MetricName };
export type JudgeSettings = z.infer<typeof judgeSettings>;

interface Named {
  id: string;
  name: string;
  version: string;
}
export interface MetricLabeler extends Named {
  kind: 'METRIC';
  settings: MetricSettings;
}
export interface JudgeLabeler extends Named {
  kind: 'JUDGE';
  settings: JudgeSettings;
  sealedCredentials: string | null;
}
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
  const parsed = judgeSettings.parse(settings);
  return { id, name, kind, version: `${parsed.model}-${RUBRIC_VERSION}`, settings: parsed, sealedCredentials };
}

function metricName(name: string): MetricName {
  if (isMetricName(name)) return name;
  throw new TypeError(`no metric ${name}`);
}
