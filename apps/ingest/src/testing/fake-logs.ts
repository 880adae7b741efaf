import { z } from 'zod';
import type { FakeAnswer } from './fake-server.js';

export interface LogLine {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
}

const filter = z.object({
  logGroupIdentifier: z.string(),
  startTime: z.number(),
  endTime: z.number(),
  filterPattern: z.string().optional(),
  nextToken: z.string().optional(),
});

/** CloudWatch Logs as far as FilterLogEvents: a page is a shard of a group, often empty. */
export class FakeLogs {
  readonly asked: z.infer<typeof filter>[] = [];

  constructor(private readonly groups: Record<string, readonly LogLine[]>) {}

  answer(target: string, input: unknown): FakeAnswer {
    if (target !== 'Logs_20140328.FilterLogEvents')
      return { status: 400, body: { __type: 'UnknownOperationException' } };
    const asked = filter.parse(input);
    this.asked.push(asked);
    const lines = this.groups[asked.logGroupIdentifier];
    if (!lines)
      return {
        status: 400,
        body: { __type: 'ResourceNotFoundException', message: 'The specified log group does not exist.' },
      };
    const matching = lines.filter(({ timestamp }) => timestamp >= asked.startTime && timestamp <= asked.endTime);
    // Every second page is empty, as of a stream that holds nothing of the range.
    const page = Number(asked.nextToken ?? 0);
    const at = Math.ceil(page / 2) * 50;
    const events = page % 2 === 1 ? [] : matching.slice(at, at + 50);
    const isLast = page % 2 === 0 && at + 50 >= matching.length;
    return {
      status: 200,
      body: {
        events: events.map((line, index) => ({ ...line, logStreamName: 'default', eventId: `${at + index}` })),
        searchedLogStreams: [],
        ...(isLast ? {} : { nextToken: String(page + 1) }),
      },
    };
  }
}
