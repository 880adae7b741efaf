import { Injectable } from '@nestjs/common';
import { JobQueue, stageRoute, type Route } from '@signalbox/queue';
import { DeployJob } from '../deployments/deploy.job.js';
import { GateJob } from '../versions/gate.job.js';
import { RegisterJob } from '../versions/register.job.js';
import { RetrainRepository } from './retrain.repository.js';

/** The stages of a retrain that this service owns. */
@Injectable()
export class RegistryStages {
  constructor(
    private readonly queue: JobQueue,
    private readonly retrains: RetrainRepository,
    private readonly register: RegisterJob,
    private readonly gate: GateJob,
    private readonly deploy: DeployJob,
  ) {}

  route(): Route {
    return stageRoute({
      queue: this.queue,
      readRetrain: (id) => this.retrains.running(id),
      stages: {
        register: (retrain) => this.register.run(retrain),
        gate: (retrain) => this.gate.run(retrain),
        deploy: (retrain) => this.deploy.run(retrain),
      },
    });
  }
}
