import { Injectable } from '@nestjs/common';
import { commandQueue, type RetrainRow } from '@signalbox/contracts';
import { type ServiceWork } from '@signalbox/platform';
import { FORGET, FORGET_JOB, JobQueue, route, stageRoute, type JobContext, type WorkedQueue } from '@signalbox/queue';
import { ForgetJob } from './forgotten/forget.job.js';
import { ReplayJob } from './replays/replay.job.js';
import { REPLAY_JOB } from './replays/replay.service.js';
import { ReplayStage } from './replays/replay.stage.js';
import { RESOLVE, RESOLVE_JOB, ResolveJob } from './labels/resolve.job.js';
import { RetrainWatch } from './retrain-watch.js';
import { LabelJob } from './runs/label.job.js';
import { LabelStage } from './runs/label.stage.js';
import { LABEL_JOB } from './runs/run.service.js';
import { WorkRepository } from './work.repository.js';

const QUEUE = commandQueue('labeling');
/** Each has its own calls in flight, and waits on other people's models most of the time. */
const CONCURRENCY = 4;

/** What is done to labels that are there. */
@Injectable()
export class LabelUpkeep {
  constructor(
    readonly forget: ForgetJob,
    readonly resolve: ResolveJob,
  ) {}
}

@Injectable()
export class LabelingJobs {
  constructor(
    readonly label: LabelJob,
    readonly labelStage: LabelStage,
    readonly replay: ReplayJob,
    readonly replayStage: ReplayStage,
    readonly upkeep: LabelUpkeep,
  ) {}
}

@Injectable()
export class LabelingWork implements ServiceWork {
  constructor(
    private readonly jobs: LabelingJobs,
    private readonly work: WorkRepository,
    private readonly queue: JobQueue,
  ) {}

  queues(): WorkedQueue[] {
    const { label, labelStage, replay, replayStage, upkeep } = this.jobs;
    const routes = [
      route(
        LABEL_JOB,
        ({ id }, context) => label.run(id, context),
        ({ id }) => label.giveUp(id),
      ),
      route(
        REPLAY_JOB,
        ({ id }, context) => replay.run(id, context),
        ({ id }) => replay.giveUp(id),
      ),
      route(FORGET_JOB, (_item, context) => upkeep.forget.run(context)),
      route(RESOLVE_JOB, (_item, context) => upkeep.resolve.run(context)),
      stageRoute({
        queue: this.queue,
        readRetrain: (id) => this.work.retrain(id),
        stages: {
          label: (retrain, report, context) => labelStage.run(retrain, report, this.watch(retrain, context)),
          replay: (retrain, report, context) => replayStage.run(retrain, report, this.watch(retrain, context)),
        },
      }),
    ];
    return [{ queue: QUEUE, routes, concurrency: CONCURRENCY }];
  }

  async reconcile(): Promise<void> {
    for (const id of await this.work.unfinishedRuns()) await this.queue.add(QUEUE, LABEL_JOB, { id });
    for (const id of await this.work.unfinishedReplays()) await this.queue.add(QUEUE, REPLAY_JOB, { id });
    const { forget, resolve } = this.jobs.upkeep;
    if (await forget.isDue()) await this.queue.add(QUEUE, FORGET_JOB, FORGET);
    if (await resolve.isDue()) await this.queue.add(QUEUE, RESOLVE_JOB, RESOLVE);
  }

  private watch({ id }: RetrainRow, context: JobContext): RetrainWatch {
    return new RetrainWatch(context, async () => (await this.work.retrain(id)) !== null);
  }
}
