import { isMetricName, judgeRequest, METRICS, METRICS_VERSION, parseVerdict, type Metric } from '@signalbox/scoring';
import { type Truth } from '@signalbox/sample-traffic/truth';
import { type Turn } from '../tools/sample-traffic/src/answers.js';
import { JUDGE_MODEL, verdictOn } from '../tools/sample-traffic/src/judge.js';
import { type GroundTruth } from '../tools/sample-traffic/src/side-files.js';

export interface Label {
  performance: number;
  /** `name@version`. */
  labeler: string;
}

/** Labels answers as production would, the scripted judge called without the HTTP server in between. */
export class Labels {
  private readonly known: ReadonlyMap<string, { answer: string; name: string; metric: Metric }>;

  constructor(
    private readonly seed: number,
    groundTruth: readonly GroundTruth[],
  ) {
    this.known = new Map(
      groundTruth.map(({ query, answer, metric: name }) => {
        if (!isMetricName(name)) throw new Error(`no metric ${name}`);
        return [query, { answer, name, metric: METRICS[name] }];
      }),
    );
  }

  /** By the metric where the right answer is known, else by the judge; null when that one abstains or answers garbage. */
  label(turns: readonly Turn[], answer: string): Label | null {
    const known = this.known.get(queryOf(turns));
    if (known === undefined) return this.judged(turns, answer);
    const performance = known.metric(answer, known.answer);
    return performance === null ? null : { performance, labeler: `${known.name}@${METRICS_VERSION}` };
  }

  /** As ingest and labeling publish it with each label. */
  get kinds(): Record<string, string> {
    const metrics = [...this.known.values()].map(({ name }) => [`${name}@${METRICS_VERSION}`, 'METRIC'] as const);
    return { ...Object.fromEntries(metrics), [JUDGE_MODEL]: 'JUDGE' };
  }

  /** What {@link label} gives on average for a candidate's answers to a prompt. */
  expected(truth: Truth, candidate: string, query: string): number {
    const value = this.known.has(query)
      ? truth.expected(candidate, query)?.quality
      : truth.expectedJudged(candidate, query);
    if (value === undefined || value === null) throw new Error(`the generator does not know the prompt "${query}"`);
    return value;
  }

  private judged(turns: readonly Turn[], answer: string): Label | null {
    const { messages, responseFormat } = judgeRequest({ query: promptOf(turns), answer });
    const reply = verdictOn({
      text: messages.map(({ content }) => content).join('\n'),
      bestLevel: Math.max(...responseFormat.json_schema.schema.properties.level.enum.map((level) => level ?? 0)),
      seed: `${this.seed} 0`,
    });
    const verdict = parseVerdict(reply ?? '');
    if (!verdict.ok || verdict.value.score === null) return null;
    return { performance: verdict.value.score, labeler: JUDGE_MODEL };
  }
}

export const queryOf = (turns: readonly Turn[]): string => turns.at(-1)?.content ?? '';

/** A judge is shown all turns, as an answer cannot be judged without those before. */
function promptOf(turns: readonly Turn[]): string {
  return turns.length === 1 ? queryOf(turns) : turns.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
}
