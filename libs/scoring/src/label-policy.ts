import { z } from 'zod';

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

const WEIGHTS = 'expected names of labelers with numbers above 0, at least one';
const weightsOfKind = z
  .record(z.string().min(1), z.number(WEIGHTS).positive(WEIGHTS), WEIGHTS)
  .refine((weights) => Object.keys(weights).length > 0, WEIGHTS);
const PRECEDENCE = `expected some of ${LABEL_PRECEDENCE.join(', ')}, best first, each once`;

/** How labels of several kinds become one performance. */
export const labelPolicy = z.strictObject({
  /** Kinds that may be used, best first. */
  precedence: z
    .array(z.enum(LABEL_PRECEDENCE, PRECEDENCE), PRECEDENCE)
    .min(1, PRECEDENCE)
    .refine((kinds) => new Set(kinds).size === kinds.length, PRECEDENCE)
    .default([...LABEL_PRECEDENCE]),
  /** Labelers by name, best first; those not named come after, by name. */
  labelers: z.array(z.string().min(1), 'expected names of labelers, best first').default([]),
  /** Of a kind: the labelers whose weighted mean it is, all of which must have a score. */
  weights: z
    .partialRecord(z.enum(LABEL_PRECEDENCE), weightsOfKind, 'expected an object such as {"JUDGE": {"judge": 1}}')
    .default({}),
  /** Judges by name whose scores count though they have not passed their gate; reports say so. */
  allowUncalibrated: z.array(z.string().min(1), 'expected names of judges').default([]),
});
export type LabelPolicy = z.infer<typeof labelPolicy>;
export const DEFAULT_LABEL_POLICY: LabelPolicy = labelPolicy.parse({});

export interface ResolvedPerformance {
  /** 0..1. */
  performance: number;
  kind: LabelKind;
  /** `name@version`; of a weighted mean `name@version*weight` of each with + between them. */
  labeler: string;
}

/** What became of one label, and why, for a person. */
export interface LabelUse<T extends LabelOpinion = LabelOpinion> {
  label: T;
  counts: boolean;
  why: string;
}

export interface ExplainedPerformance<T extends LabelOpinion> {
  resolved: ResolvedPerformance | null;
  /** Of each label, in their order. */
  uses: LabelUse<T>[];
}

/**
 * Resolves the labels of one answer to one score, from one version of one labeler: the first kind in the precedence that has a
 * usable label, its first labeler, that labeler's newest version. An abstention, a missing score and a judge that is not calibrated
 * are no label. Of a metric or judge the latest label counts; of people's labels and feedback the mean over people, of each the
 * latest. Where the policy gives weights for a kind it is the weighted mean of those labelers; a kind of which one is missing has
 * no score, since means of different labelers do not compare.
 *
 * @returns no performance when there is no usable label; never a stand-in
 * @throws RangeError on a score outside of 0..1, which a door should have refused
 */
export function explainPerformance<T extends LabelOpinion>(
  labels: readonly T[],
  policy: LabelPolicy = DEFAULT_LABEL_POLICY,
): ExplainedPerformance<T> {
  const why = new Map<LabelOpinion, string>();
  const usable = inOrderOfTime(labels).flatMap((label) => {
    const refusal = refusalOf(label, policy);
    if (refusal === null && label.score !== null) return [{ label, score: label.score }];
    why.set(label, refusal ?? 'no score');
    return [];
  });
  let chosen: Chosen | null = null;
  for (const kind of policy.precedence) {
    const ofKind = usable.filter(({ label }) => label.kind === kind);
    if (chosen === null) chosen = chooseOf(kind, ofKind, policy, why);
    else for (const { label } of ofKind) why.set(label, `${chosen.resolved.kind} comes before ${kind}`);
  }
  return {
    resolved: chosen?.resolved ?? null,
    uses: labels.map((label) =>
      chosen?.of.has(label) === true
        ? { label, counts: true, why: chosen.why }
        : { label, counts: false, why: why.get(label) ?? 'a later label of the same replaces it' },
    ),
  };
}

/** As {@link explainPerformance}, the score alone. */
export function resolvePerformance(
  labels: readonly LabelOpinion[],
  policy: LabelPolicy = DEFAULT_LABEL_POLICY,
): ResolvedPerformance | null {
  return explainPerformance(labels, policy).resolved;
}

interface UsableLabel {
  label: LabelOpinion;
  score: number;
}

interface Chosen {
  resolved: ResolvedPerformance;
  of: ReadonlySet<LabelOpinion>;
  why: string;
}

/** Of one version of one labeler. */
interface LabelerScore {
  score: number;
  /** `name@version`. */
  name: string;
  of: readonly LabelOpinion[];
}

function refusalOf({ kind, labeler, score, abstained, calibrated }: LabelOpinion, policy: LabelPolicy): string | null {
  if (abstained) return 'the labeler abstained';
  if (score === null) return 'no score';
  if (!(score >= 0 && score <= 1)) throw new RangeError(`Label of ${labeler} has the score ${score}`);
  if (!policy.precedence.includes(kind)) return `the policy leaves out ${kind}`;
  if (kind === 'JUDGE' && calibrated !== true && !policy.allowUncalibrated.includes(labeler))
    return 'the judge has not been shown to agree with people';
  return null;
}

/** @param why told of the labels that do not count though they are usable */
function chooseOf(
  kind: LabelKind,
  labels: readonly UsableLabel[],
  { labelers, weights }: LabelPolicy,
  why: Map<LabelOpinion, string>,
): Chosen | null {
  if (labels.length === 0) return null;
  const byName = Map.groupBy(labels, ({ label }) => label.labeler);
  const weightOf = weights[kind];
  const first = labelers.find((name) => byName.has(name)) ?? [...byName.keys()].sort()[0];
  const wanted = weightOf ? Object.keys(weightOf).sort() : [first ?? ''];
  const missing = wanted.filter((name) => !byName.has(name));
  for (const { label } of labels) {
    if (missing.length > 0)
      why.set(label, `the policy weighs ${kind} with ${missing.join(', ')}, of which there is none`);
    else if (!wanted.includes(label.labeler)) why.set(label, `${wanted.join(', ')} comes before ${label.labeler}`);
  }
  if (missing.length > 0) return null;
  const scores = wanted.map((name) => scoreOf(kind, byName.get(name) ?? [], why));
  const shares = wanted.map((name) => weightOf?.[name] ?? 1);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const performance = scores.reduce((sum, { score }, index) => sum + (score * (shares[index] ?? 0)) / total, 0);
  const names = scores.map(({ name }, index) => (weightOf ? `${name}*${shares[index]}` : name));
  return {
    resolved: { performance: Math.min(1, performance), kind, labeler: names.join('+') },
    of: new Set(scores.flatMap(({ of }) => of)),
    why: `${kind} is the first kind with a usable label; ${weightOf ? 'weighted mean of' : 'by'} ${names.join(' and ')}`,
  };
}

/** @param labels of one labeler, at least one, in order of time */
function scoreOf(kind: LabelKind, labels: readonly UsableLabel[], why: Map<LabelOpinion, string>): LabelerScore {
  const newest = labels.at(-1);
  if (!newest) throw new RangeError('a labeler without labels');
  const { labeler, version } = newest.label;
  for (const { label } of labels)
    if (label.version !== version) why.set(label, `version ${version} of ${labeler} is newer`);
  const current = labels.filter(({ label }) => label.version === version);
  const latest = kind === 'HUMAN' || kind === 'FEEDBACK' ? latestOfEach(current) : [newest];
  const score = latest.reduce((sum, each) => sum + each.score, 0) / latest.length;
  return { score, name: `${labeler}@${version}`, of: latest.map(({ label }) => label) };
}

function inOrderOfTime(labels: readonly LabelOpinion[]): LabelOpinion[] {
  return [...labels].sort((left, right) => (left.createdAtMs ?? 0) - (right.createdAtMs ?? 0));
}

/** Labels are in order of time. A label of nobody known is an opinion of its own. */
function latestOfEach(labels: readonly UsableLabel[]): UsableLabel[] {
  const latest = new Map<string, UsableLabel>();
  for (const [index, each] of labels.entries()) {
    const { userId } = each.label;
    latest.set(userId === null || userId === undefined ? `label ${index}` : `user ${userId}`, each);
  }
  return [...latest.values()];
}
