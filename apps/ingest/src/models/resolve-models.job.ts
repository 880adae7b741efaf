import { Injectable } from '@nestjs/common';
import { CandidateRepository } from './candidate.repository.js';

/** Names the candidate of every call again, after candidates, aliases or prices changed. Safe to repeat and to interrupt. */
@Injectable()
export class ResolveModelsJob {
  constructor(private readonly candidates: CandidateRepository) {}

  async run(signal?: AbortSignal): Promise<void> {
    const book = await this.candidates.book();
    const models = await this.candidates.models();
    let after: string | null = null;
    do after = await this.candidates.resolveNext(book, models, after);
    while (after !== null && signal?.aborted !== true);
  }
}
