import { Injectable } from '@nestjs/common';
import { canaryAnswer } from '@signalbox/scoring';
import type { JobContext } from '@signalbox/queue';
import { BatchWriter } from '../answering/batch-writer.js';
import { IN_FLIGHT, inFlight } from '../answering/in-flight.js';
import { promptText } from '../calls/prompt.js';
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

/** Has a judge score its canaries, once per version; the run pays. Their verdicts are no labels. */
@Injectable()
export class CanaryAsking {
  constructor(
    private readonly canaries: CanaryRepository,
    private readonly references: References,
    private readonly runs: RunRepository,
  ) {}

  /**
   * @returns whether none is left to ask
   * @throws SignalboxError JUDGE_UNREACHABLE
   */
  async ask(runId: string, judge: AnswerJudge, { signal, fence }: JobContext): Promise<boolean> {
    const { name, version } = judge.labeler;
    await this.canaries.draw(name, version);
    const open = await this.canaries.open(name, version);
    const known = await this.references.to(open, judge.labeler);
    const health = new JudgeHealth();
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
    const silent: OpenCanary[] = [];
    await inFlight(open, IN_FLIGHT, signal, async (canary) => {
      const { id, kind, response } = canary;
      try {
        const answer = canaryAnswer(kind, response);
        const judged = await judge.judge({ query: promptText(canary), answer, known: known.get(id)?.answers ?? [] });
        if (!judged) return;
        health.answered();
        await writer.add({ canary, judged });
      } catch (error) {
        if (!(error instanceof JudgeSilent)) throw error;
        health.silent(error);
        silent.push(canary);
      }
    });
    // A judge that is silent to a canary alone has said that it is not taken in.
    if (health.hasAnswered) await Promise.all(silent.map((canary) => writer.add({ canary, judged: refusal() })));
    return (await this.canaries.verdicts(name, version)) !== null;
  }
}
