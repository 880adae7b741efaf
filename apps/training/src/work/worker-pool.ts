import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { isErrorCode, SignalboxError } from '@signalbox/contracts';
import { Piscina } from 'piscina';
import type { Answer, AnswerTo, Task } from './tasks.js';

/** One stage asks for several tasks in a row; after them the memory is given back. */
const IDLE_MS = 5_000;
/** Room for the rows of some hundred thousand prompts; vectors and tensors lie outside of these limits. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 32 };

/** Workers run compiled JavaScript; a test runner loads this file from src. */
function workerFile(): string {
  const compiled = import.meta.url.endsWith('.ts') ? '../../dist/work/train.worker.js' : './train.worker.js';
  return fileURLToPath(new URL(compiled, import.meta.url));
}

/** The one thread that splits, fits and evaluates: none of it runs on the event loop that answers the API. */
@Injectable()
export class WorkerPool {
  private readonly pool = new Piscina<Task, Answer>({
    filename: workerFile(),
    name: 'run',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    resourceLimits: RESOURCE_LIMITS,
    // Not this process's flags: heap limits and import conditions are meant for the main thread.
    execArgv: [],
  });

  /** @throws SignalboxError that the task ended with */
  async run<K extends Task['kind']>(kind: K, task: Extract<Task, { kind: K }>): Promise<AnswerTo<K>> {
    const answer = await this.pool.run(task);
    if (isAnswerTo(kind, answer)) return answer;
    if (answer.kind === 'refused' && isErrorCode(answer.code)) {
      throw new SignalboxError(answer.code, answer.message, answer.nextStep);
    }
    throw new Error(`the worker answered ${kind} with ${answer.kind}`);
  }

  /** Ends the thread; what it was doing fails. */
  close(): Promise<void> {
    return this.pool.destroy();
  }
}

function isAnswerTo<K extends Task['kind']>(kind: K, answer: Answer): answer is AnswerTo<K> {
  return answer.kind === kind;
}
