import { randomUUID } from 'node:crypto';
import { commandQueue, EVENTS_QUEUE, STAGES, type RetrainEvent, type StageName } from '@signalbox/contracts';
import { spaceId, USE_LITE_SPACE } from '@signalbox/embedders';
import { JobQueue, retrainEventJob, retrainStageJob, route } from '@signalbox/queue';
import { idOf } from './published-rows.js';
import type { World } from './training-world.js';

const OUTPUTS: Partial<Record<StageName, Record<string, string | number | boolean>>> = {
  label: { spentUsd: 0.5 },
  embed: { space: spaceId(USE_LITE_SPACE) },
  replay: { spentUsd: 1.5, cells: 900 },
  register: { versionId: idOf(777) },
  gate: { passed: true },
};

/** What an owner says of its stage; `done` counts while it runs. */
export function eventOf(
  about: Pick<RetrainEvent, 'retrainId' | 'stage' | 'attempt' | 'status'>,
  done: number | null = null,
): RetrainEvent {
  const { stage, status } = about;
  return {
    ...about,
    progress: status === 'RUNNING' && done !== null ? { done, total: 9, unit: 'things', costUsd: null } : null,
    output: status === 'SUCCEEDED' ? (OUTPUTS[stage] ?? { stage }) : null,
    problem: status === 'FAILED' ? { code: 'STAGE_FAILED', message: `${stage} failed`, nextStep: null } : null,
  };
}

/** The other services: they answer the commands of their stages through the real queue. */
export class Owners {
  readonly done: StageName[] = [];
  /** Every stage and attempt that was asked for. */
  readonly asked = new Set<string>();
  /** A stage that nobody answers for. */
  held: StageName | null = null;
  onHeld: () => void = () => undefined;
  /** A stage that reports a failure. */
  failing: StageName | null = null;
  private readonly queue: JobQueue;

  constructor(
    private readonly world: World,
    private readonly twice: boolean,
  ) {
    this.queue = new JobQueue({
      url: world.database.urls.queue,
      applicationName: 'owners',
      log: { error: () => undefined, warn: () => undefined },
    });
    for (const service of ['ingest', 'labeling', 'embedding', 'registry'] as const) {
      this.queue.work(
        commandQueue(service),
        [route(retrainStageJob, ({ retrainId, stage }) => this.answer(retrainId, stage))],
        1,
      );
    }
  }

  async answer(retrainId: string, stage: StageName): Promise<void> {
    const attempt = await this.attemptOf(retrainId);
    this.asked.add(`${stage}@${attempt}`);
    if (stage === this.held) {
      this.onHeld();
      return;
    }
    const event = (status: RetrainEvent['status'], done = 1) => eventOf({ retrainId, stage, attempt, status }, done);
    if (stage === this.failing) {
      await this.tell(event('FAILED'));
      return;
    }
    const first = !this.done.includes(stage);
    // Only what a retrain replayed itself is a random slice to it.
    if (stage === 'replay')
      await this.world.admin.query('update labeling.replay_cell_v1_rows set retrain_id = $1', [retrainId]);
    this.done.push(stage);
    await this.tell(event('RUNNING', 5));
    if (this.twice) await this.tell(event('RUNNING', 2));
    await this.tell(event('SUCCEEDED'));
    if (!this.twice) return;
    await this.tell(event('RUNNING', 7));
    await this.tell(event('SUCCEEDED'));
    if (first) await this.command(retrainId, stage);
  }

  /** Reports to training, whatever was reported before. */
  async tell(event: RetrainEvent): Promise<void> {
    await this.queue.add(EVENTS_QUEUE, { ...retrainEventJob, keyOf: () => randomUUID() }, event);
  }

  /** As the queue may: the same command once more. */
  async command(retrainId: string, stage: StageName): Promise<void> {
    const owner = STAGES.find(({ name }) => name === stage)?.owner ?? 'training';
    await this.queue.add(commandQueue(owner), { ...retrainStageJob, keyOf: () => randomUUID() }, { retrainId, stage });
  }

  close(): Promise<void> {
    return this.queue.close();
  }

  private async attemptOf(retrainId: string): Promise<number> {
    const { rows } = await this.world.admin.query<{ attempt: number }>(
      'select attempt from training.retrain where id = $1',
      [retrainId],
    );
    return rows[0]?.attempt ?? 0;
  }
}
