import { Injectable } from '@nestjs/common';
import { KnownAnswers, type Known } from '../labelers/known-answers.js';
import { referencesOf, type JudgeLabeler } from '../labelers/labeler.js';
import { LabelerRepository } from '../labelers/labeler.repository.js';

/** Known answers that a judge is shown. */
@Injectable()
export class References {
  constructor(
    private readonly labelers: LabelerRepository,
    private readonly known: KnownAnswers,
  ) {}

  /** By call; none for a judge that was made without. */
  async to(
    calls: readonly { id: string; traceId: string; query: string }[],
    judge: JudgeLabeler,
  ): Promise<Map<string, Known>> {
    const names = referencesOf(judge);
    if (names.length === 0) return new Map();
    const metrics = await this.labelers.metrics();
    return this.known.to(
      calls,
      metrics.filter(({ name }) => names.includes(name)),
    );
  }
}
