import { Injectable } from '@nestjs/common';
import { runningRetrain } from '@signalbox/database';
import { JobQueue, stageRoute, type Route } from '@signalbox/queue';
import { DataSource } from 'typeorm';
import { DeployJob } from '../deployments/deploy.job.js';
import { GateJob } from '../versions/gate.job.js';
import { RegisterJob } from '../versions/register.job.js';

/** The stages of a retrain that this service owns. */
@Injectable()
export class RegistryStages {
  constructor(
    private readonly queue: JobQueue,
    private readonly dataSource: DataSource,
    private readonly register: RegisterJob,
    private readonly gate: GateJob,
    private readonly deploy: DeployJob,
  ) {}

  route(): Route {
    return stageRoute({
      queue: this.queue,
      readRetrain: (id) => runningRetrain(this.dataSource, id),
      stages: {
        register: (retrain, _report, context) => this.register.run(retrain, context),
        gate: (retrain, _report, context) => this.gate.run(retrain, context),
        deploy: (retrain, _report, context) => this.deploy.run(retrain, context),
      },
    });
  }
}
