import { Injectable } from '@nestjs/common';
import { canaryAnswer } from '@signalbox/scoring';
import type { JobContext } from '@signalbox/queue';
import { BatchWriter } from '../answering/batch-writer.js';
import { inFlight } from '../answering/in-flight.js';
import { promptText } from '../calls/prompt.js';
import { concurrencyOf } from '../labelers/labeler.js';
import { spentOn } from '../runs/judge-tally.js';
import { RunRepository } from '../runs/run.repository.js';
import { CanaryRepository, type OpenCanary } from './canary.repository.js';
import { JudgeHealth, JudgeSilent } from './judge-health.js';
import { refusal, type AnswerJudge, type Judged } from './judge.js';
import { References } from './references.js';

interface Asked {
  canary: OpenCanary;
  judged: Judged;
}

/** Canaries that are asked in one run, each kept when it is answered. */
export interface CanaryRound {
  /** Those that the judge has yet to answer. */
  open(): Promise<OpenCanary[]>;
  /**
   * @returns false when the budget is exhausted
   * @throws SignalboxError JUDGE_UNREACHABLE; after retries a JudgeSilent
   */
  ask(canary: OpenCanary): Promise<boolean>;
  /**
   * Asks those that are left, and that can be drawn by now.
   * @returns whether none is left to ask
   * @throws SignalboxError JUDGE_UNREACHABLE
   */
  askAll(): Promise<boolean>;
}

/** Has a judge score its canaries, once per version; the run pays. Their verdicts are no labels. */
@Injectable()
export class CanaryAsking {
  constructor(
    private readonly canaries: CanaryRepository,
    private readonly references: References,
    private readonly runs: RunRepository,
  ) {}

  round(runId: string, judge: AnswerJudge, { signal, fence }: JobContext): CanaryRound {
    const { name, version } = judge.labeler;
    const writer = new BatchWriter<Asked>((batch) =>
      this.runs.transaction(async (manager) => {
        await fence(manager);
        const done = batch.map(({ canary: { id, kind }, judged: { outcome, score } }) => ({
          ...{ callId: id, kind, outcome, score },
        }));
        await this.canaries.close(manager, name, version, done);
        await this.runs.tally(manager, runId, spentOn(batch.map(({ judged }) => judged)));
      }),
    );
    const open = async () => {
      await this.canaries.draw(name, version);
      return this.canaries.open(name, version);
    };
    const ask = async (canary: OpenCanary) => {
      const { id, kind, response } = canary;
      const known = (await this.references.to([canary], judge.labeler)).get(id)?.answers ?? [];
      const answer = canaryAnswer(kind, response);
      const judged = await judge.judge({ query: promptText(canary), answer, known });
      if (judged) await writer.add({ canary, judged });
      return judged !== null;
    };
    const askAll = async () => {
      const health = new JudgeHealth();
      const silent: OpenCanary[] = [];
      await inFlight(await open(), concurrencyOf(judge.labeler), signal, async (canary) => {
        try {
          if (await ask(canary)) health.answered();
        } catch (error) {
          if (!(error instanceof JudgeSilent)) throw error;
          health.silent(error);
          silent.push(canary);
        }
      });
      // A judge that is silent to a canary alone has said that it is not taken in.
      if (health.hasAnswered) await Promise.all(silent.map((canary) => writer.add({ canary, judged: refusal() })));
      return (await this.canaries.verdicts(name, version)) !== null;
    };
    return { open, ask, askAll };
  }
}
