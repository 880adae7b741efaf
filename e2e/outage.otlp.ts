import { setTimeout as delay } from 'node:timers/promises';
import { failedCall, hex, sendSpans } from './otlp.js';

const PAUSE_MS = 50;
const REFUSED_PAUSE_MS = 200;

export interface Sent {
  traceId: string;
  /** Null when there was no answer. */
  status: number | null;
  retryAfter: string | null;
}

/** Collectors that send one call a request for as long as they are let, each once, whatever they are answered. */
export class OtlpLoad {
  readonly sent: Sent[] = [];
  private readonly stopping = new AbortController();
  private readonly clients: Promise<void>[];

  /** @param origin of the service ingest */
  constructor(
    private readonly origin: string,
    clients: number,
  ) {
    this.clients = Array.from({ length: clients }, (_, n) => this.sending(n));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.clients);
  }

  get acknowledged(): string[] {
    return this.sent.filter(({ status }) => status === 200).map(({ traceId }) => traceId);
  }

  private async sending(client: number): Promise<void> {
    for (let n = 0; !this.stopping.signal.aborted; n += 1) {
      const traceId = hex(`collector ${client} ${n}`, 32);
      const answer = await this.send(traceId);
      this.sent.push({ traceId, ...answer });
      await delay(answer.status === 200 ? PAUSE_MS : REFUSED_PAUSE_MS);
    }
  }

  private async send(traceId: string): Promise<Omit<Sent, 'traceId'>> {
    try {
      const { status, headers } = await sendSpans(this.origin, [failedCall(traceId, Date.now())]);
      return { status, retryAfter: headers.get('retry-after') };
    } catch {
      return { status: null, retryAfter: null };
    }
  }
}
