import { Injectable } from '@nestjs/common';
import { CanaryAsking } from './canary.asking.js';
import { JudgeFactory } from './judge.factory.js';
import { References } from './references.js';
import { VerdictRepository } from './verdict.repository.js';

/** What a run needs to have a judge score answers. */
@Injectable()
export class JudgeTooling {
  constructor(
    readonly factory: JudgeFactory,
    readonly references: References,
    readonly canaries: CanaryAsking,
    readonly verdicts: VerdictRepository,
  ) {}
}
