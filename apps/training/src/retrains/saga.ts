import { Injectable } from '@nestjs/common';
import {
  ERROR_CODES,
  isErrorCode,
  STAGES,
  type ProblemRecord,
  type RetrainEvent,
  type StageName,
} from '@signalbox/contracts';
import { commandStage, JobQueue } from '@signalbox/queue';
import { RetrainsRepository } from './retrains.repository.js';

/** Leads retrains through their stages: each is asked for when the one before it has succeeded. */
@Injectable()
export class Saga {
  constructor(
    private readonly retrains: RetrainsRepository,
    private readonly queue: JobQueue,
  ) {}

  /** A crash between the commit and the command is made good by {@link resume}. */
  async hear(event: RetrainEvent): Promise<void> {
    const next = await this.retrains.apply(event, event.problem && problemOf(event.problem));
    if (next) await this.ask(event.retrainId, next);
  }

  /** Asks again for the stage at which every running retrain is; one that is asked for or under way already is not doubled. */
  async resume(): Promise<void> {
    for (const { retrainId, stage } of await this.retrains.current()) await this.ask(retrainId, stage);
  }

  private async ask(retrainId: string, stage: StageName): Promise<void> {
    const owner = STAGES.find(({ name }) => name === stage)?.owner;
    if (owner) await commandStage(this.queue, owner, retrainId, stage);
  }
}

/** A code of a newer service is none of ours. */
function problemOf({ code, message, nextStep }: NonNullable<RetrainEvent['problem']>): ProblemRecord {
  if (isErrorCode(code)) return { code, message, nextStep };
  return { code: 'STAGE_FAILED', message: `${code}: ${message}`, nextStep: nextStep ?? ERROR_CODES.STAGE_FAILED };
}
