/** Best first: a rule beats a person only where a ground truth makes it one; feedback is sparse and self-selected. */
export const LABEL_PRECEDENCE = ['METRIC', 'HUMAN', 'JUDGE', 'FEEDBACK'] as const;
export type LabelKind = (typeof LABEL_PRECEDENCE)[number];

export interface LabelOpinion {
  kind: LabelKind;
  labeler: string;
  version: string;
  /** 0..1; null when the labeler abstained or its answer could not be read. */
  score: number | null;
  abstained: boolean;
  /** Of a judge: whether it passed the calibration gate. */
  calibrated?: boolean;
  /** Who gave the feedback or the human label, where known. */
  userId?: string | null;
  /** Milliseconds since the epoch. Labels without a time count as given in the order of the list. */
  createdAtMs?: number;
}

export interface LabelPolicy {
  /** Kinds that may be used, best first. */
  precedence?: readonly LabelKind[];
  /** Labelers by name, best first; those not named come after, by name. */
  labelers?: readonly string[];
  /** Use a judge that has not passed the calibration gate. False by default. */
  allowUncalibrated?: boolean;
}

export interface ResolvedPerformance {
  /** 0..1. */
  performance: number;
  kind: LabelKind;
  /** `name@version`. */
  labeler: string;
}

/**
 * Resolves the labels of one answer to one score, from one version of one labeler: the first kind in the precedence that has a
 * usable label, its first labeler, that labeler's newest version. An abstention, a missing score and a judge that is not calibrated
 * (unless allowed) are no label. Of a metric or judge the latest label counts; of people's labels and feedback the mean over
 * people, of each the latest.
 *
 * @returns null when there is no usable label; never a stand-in
 * @throws RangeError on a score outside of 0..1, which a door should have refused
 */
export function resolvePerformance(
  labels: readonly LabelOpinion[],
  { precedence = LABEL_PRECEDENCE, labelers = [], allowUncalibrated = false }: LabelPolicy = {},
): ResolvedPerformance | null {
  const usable = inOrderOfTime(labels).flatMap((label) => {
    const { score, abstained, kind, calibrated } = label;
    if (score === null || abstained) return [];
    if (!(score >= 0 && score <= 1)) throw new RangeError(`Label of ${label.labeler} has the score ${score}`);
    return kind === 'JUDGE' && calibrated !== true && !allowUncalibrated ? [] : [{ ...label, score }];
  });
  const kind = precedence.find((wanted) => usable.some((label) => label.kind === wanted));
  if (kind === undefined) return null;
  const ofKind = usable.filter((label) => label.kind === kind);
  const names = [...new Set(ofKind.map((label) => label.labeler))].sort();
  const labeler = labelers.find((name) => names.includes(name)) ?? names[0];
  const ofLabeler = ofKind.filter((label) => label.labeler === labeler);
  const newest = ofLabeler.at(-1);
  if (newest === undefined) return null;
  const current = ofLabeler.filter((label) => label.version === newest.version);
  const performance = kind === 'HUMAN' || kind === 'FEEDBACK' ? meanOverPeople(current) : newest.score;
  return { performance, kind, labeler: `${newest.labeler}@${newest.version}` };
}

function inOrderOfTime(labels: readonly LabelOpinion[]): LabelOpinion[] {
  return [...labels].sort((left, right) => (left.createdAtMs ?? 0) - (right.createdAtMs ?? 0));
}

/** Labels are in order of time. A label of nobody known is an opinion of its own. */
function meanOverPeople(labels: readonly { score: number; userId?: string | null }[]): number {
  const latest = new Map<string, number>();
  for (const [index, { score, userId }] of labels.entries()) {
    latest.set(userId === null || userId === undefined ? `label ${index}` : `user ${userId}`, score);
  }
  const scores = [...latest.values()];
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
