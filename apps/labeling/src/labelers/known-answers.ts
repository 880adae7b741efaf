import { Injectable } from '@nestjs/common';
import { METRICS, ruleAnswerTo } from '@signalbox/scoring';
import { CallsRepository } from '../calls/calls.repository.js';
import type { MetricLabeler } from './labeler.js';
import { callTarget, queryTarget, traceTarget } from './labeler-settings.js';
import { LabelerRepository } from './labeler.repository.js';

/** A metric with the answer that it compares with. */
export interface KnownAnswer {
  labeler: MetricLabeler;
  answer: string;
}

/** What is known of the answer to one prompt. */
export interface Known {
  /** Of each metric at most one. */
  answers: readonly KnownAnswer[];
  /** Whether rules of a metric give the prompt different answers, so that none is known by that metric. */
  ambiguous: boolean;
}

/** A score of 0..1; null where the known answer is not of the metric's kind. */
export const scoreOf = ({ labeler, answer }: KnownAnswer, response: string): number | null =>
  METRICS[labeler.settings.metric](response, answer);

/** Which known answers there are to a prompt. */
@Injectable()
export class KnownAnswers {
  constructor(
    private readonly labelers: LabelerRepository,
    private readonly calls: CallsRepository,
  ) {}

  /**
   * Known answers by call, of each metric at most one: that of the call itself, else of its trace, else of the prompt's text, else of
   * the rules that apply to it. An answer that is known for a trace belongs to its last answer alone.
   */
  async to(
    calls: readonly { id: string; traceId: string; query: string }[],
    metrics: readonly MetricLabeler[],
  ): Promise<Map<string, Known>> {
    const targets = calls.flatMap((call) => [callTarget(call.id), traceTarget(call.traceId), queryTarget(call.query)]);
    const ids = metrics.map(({ id }) => id);
    const [rows, rules] = await Promise.all([this.labelers.truths(ids, targets), this.labelers.rules(ids)]);
    const answers = new Map(rows.map(({ labelerId, target, answer }) => [`${labelerId} ${target}`, answer]));
    const traces = new Set(rows.map(({ target }) => target));
    const byTrace = calls.filter(({ traceId }) => traces.has(traceTarget(traceId))).map(({ id }) => id);
    const last = byTrace.length === 0 ? new Set<string>() : await this.calls.lastOfTrace(byTrace);
    return new Map(
      calls.map((call) => {
        let ambiguous = false;
        const known = metrics.flatMap((labeler): KnownAnswer[] => {
          const of = (target: string) => answers.get(`${labeler.id} ${target}`);
          const ofTrace = last.has(call.id) ? of(traceTarget(call.traceId)) : undefined;
          const named = of(callTarget(call.id)) ?? ofTrace ?? of(queryTarget(call.query));
          if (named !== undefined) return [{ labeler, answer: named }];
          const byRule = ruleAnswerTo(call.query, rules.get(labeler.id) ?? []);
          ambiguous ||= byRule.found === 'several';
          return byRule.found === 'one' ? [{ labeler, answer: byRule.answer }] : [];
        });
        return [call.id, { answers: known, ambiguous }];
      }),
    );
  }
}
