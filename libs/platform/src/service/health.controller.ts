import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ERROR_CODES, type ErrorCode } from '@signalbox/contracts';
import { JobQueue } from '@signalbox/queue';
import type { Response } from 'express';
import { DataSource } from 'typeorm';

/** Probes of Kubernetes give up after one second by default, and the gateway a little before, to hand on what is said here. */
const ANSWER_WITHIN_MS = 700;

interface Check {
  ok: boolean;
  code?: ErrorCode;
  nextStep?: string;
}

@Controller()
export class HealthController {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(JobQueue) private readonly queue: JobQueue,
  ) {}

  /** The process is alive; says nothing of what it depends on, since a restart would not mend that. */
  @Get('healthz')
  alive(): { status: string } {
    return { status: 'ok' };
  }

  /** Whether this service can do its work now: its database and its queue answer. 503 with the codes where not. */
  @Get('readyz')
  async ready(
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ status: string; checks: Record<string, Check> }> {
    const [database, queue] = await Promise.all([
      check('DATABASE_UNREACHABLE', this.dataSource.query('select 1')),
      check('QUEUE_UNREACHABLE', this.queue.ping()),
    ]);
    const ok = database.ok && queue.ok;
    if (!ok) response.status(503).setHeader('retry-after', '5');
    return { status: ok ? 'ready' : 'not ready', checks: { database, queue } };
  }
}

async function check(code: ErrorCode, asked: Promise<unknown>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_WITHIN_MS);
  });
  try {
    await Promise.race([asked, late]);
    return { ok: true };
  } catch {
    asked.catch(() => undefined);
    return { ok: false, code, nextStep: ERROR_CODES[code] };
  } finally {
    clearTimeout(timer);
  }
}
