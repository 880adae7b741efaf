import { Injectable } from '@nestjs/common';
import { type JobContext } from '@signalbox/queue';
import { v7 as uuidv7 } from 'uuid';
import { CallsRepository, type AnsweredCall } from '../calls/calls.repository.js';
import { KnownAnswers, scoreOf, type Known } from '../labelers/known-answers.js';
import type { MetricLabeler } from '../labelers/labeler.js';
import { LabelRepository, type NewLabel } from '../labels/label.repository.js';
import { RunRepository } from './run.repository.js';

/** Calls of one transaction: a fraction of a second of work to lose in a crash. */
const PAGE = 1_000;

/** Scores calls whose answer is known. */
@Injectable()
export class MetricLabelling {
  constructor(
    private readonly runs: RunRepository,
    private readonly calls: CallsRepository,
    private readonly known: KnownAnswers,
    private readonly labels: LabelRepository,
  ) {}

  async run(
    runId: string,
    metrics: readonly MetricLabeler[],
    { signal, fence }: JobContext,
    tell: () => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const run = await this.runs.find(runId);
      if (!run || run.metricsDone || signal.aborted) return;
      const page = await this.calls.page(run.filter, run.metricsCursor, PAGE);
      const known = await this.known.to(page, metrics);
      const labels = this.labelsOf(page, known);
      const { LABELLED = [], ABSTAINED = [] } = Object.groupBy(labels, ({ score }) =>
        score === null ? 'ABSTAINED' : 'LABELLED',
      );
      await this.runs.transaction(async (manager) => {
        await fence(manager);
        await this.labels.add(manager, 'call_id', labels);
        await this.runs.tally(manager, runId, {
          done: page.length,
          labelled: LABELLED.length,
          abstained: ABSTAINED.length,
          ambiguous: [...known.values()].filter(({ ambiguous }) => ambiguous).length,
        });
        await this.runs.moveMetrics(manager, runId, page.length < PAGE ? null : (page.at(-1)?.id ?? null));
      });
      await tell();
    }
  }

  private labelsOf(page: readonly AnsweredCall[], known: ReadonlyMap<string, Known>): NewLabel[] {
    return page.flatMap((call) =>
      (known.get(call.id)?.answers ?? []).map((truth) => ({
        id: uuidv7(),
        target: call.id,
        kind: 'METRIC' as const,
        labeler: truth.labeler.name,
        version: truth.labeler.version,
        userId: '',
        score: scoreOf(truth, call.response),
        rationale: null,
        costUsd: 0,
      })),
    );
  }
}
