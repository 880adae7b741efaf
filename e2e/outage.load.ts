import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** No answer takes longer, whatever happens behind it. */
const ANSWER_WITHIN_MS = 15_000;
/** Of a client that means well: after an answer, and after a refusal. */
const PAUSE_MS = 50;
const REFUSED_PAUSE_MS = 200;
/** Of one client, all at once, when it asks again for what it was refused. */
const AGAIN_AT_ONCE = 8;

const answer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string(), nextStep: z.string().min(1) }) })).optional(),
});
type Asked = { data: unknown; codes: string[] };

export interface Written {
  key: string;
  input: Record<string, unknown>;
  /** Of the feedback; null when it was refused. */
  id: string | null;
  codes: string[];
}

const made = z.object({ submitFeedback: z.object({ id: z.string() }) });
const SUBMIT = 'mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { id } }';
/** Of every service but embedding, which has none, and across two of them. */
const LISTS = `{ llmCalls(first: 5) { edges { node { id labels { id } } } } datasets(first: 5) { edges { node { id } } }
  routers { name versions(first: 5) { edges { node { id } } } } labelCounts { kind labels } }`;

const DECIDE = '{ decide(router: "small", query: "Which model?") { candidate } }';

/** Clients that write, read and ask for decisions for as long as they are let, whatever they are answered. */
export class Load {
  readonly written: Written[] = [];
  /** Codes of the refusals of each; none when it was answered in full. */
  readonly read: string[][] = [];
  readonly decided: string[][] = [];
  private readonly stopping = new AbortController();
  private readonly clients: Promise<void>[];

  constructor(
    private readonly url: string,
    /** Calls that are given feedback: each by another user, so that none replaces another. */
    private readonly calls: readonly string[],
    { writers, readers }: { writers: number; readers: number },
  ) {
    this.clients = [
      ...Array.from({ length: writers }, (_, n) => this.writing(n)),
      ...Array.from({ length: readers }, () => this.asking(LISTS, this.read)),
      this.asking(DECIDE, this.decided),
    ];
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.clients);
  }

  get acknowledged(): number {
    return this.written.filter(({ id }) => id !== null).length;
  }

  /** Everything that was refused, under the keys of then. */
  async again(): Promise<Written[]> {
    const refused = this.written.filter(({ id }) => id === null);
    const answered: Written[] = [];
    const client = async () => {
      for (let each = refused.pop(); each; each = refused.pop()) answered.push(await this.submit(each.key, each.input));
    };
    await Promise.all(Array.from({ length: AGAIN_AT_ONCE }, client));
    return answered;
  }

  private async writing(client: number): Promise<void> {
    for (let n = 0; !this.stopping.signal.aborted; n += 1) {
      const callId = this.calls[(n + client) % this.calls.length];
      const written = await this.submit(`load ${client} ${n}`, { callId, score: n % 2, userId: `load ${client} ${n}` });
      this.written.push(written);
      await delay(written.id === null ? REFUSED_PAUSE_MS : PAUSE_MS);
    }
  }

  private async asking(query: string, answered: string[][]): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const { codes } = await this.ask(query, {});
      answered.push(codes);
      await delay(codes.length > 0 ? REFUSED_PAUSE_MS : PAUSE_MS);
    }
  }

  private async submit(key: string, input: Record<string, unknown>): Promise<Written> {
    const { data, codes } = await this.ask(SUBMIT, { input: { ...input, idempotencyKey: key } });
    return { key, input, codes, id: codes.length === 0 ? made.parse(data).submitFeedback.id : null };
  }

  private async ask(query: string, variables: Record<string, unknown>): Promise<Asked> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const { data, errors = [] } = answer.parse(await response.json());
      return { data, codes: errors.map(({ extensions }) => extensions.code) };
    } catch (error) {
      // A hang, a connection that was cut, an error without a code or a hint: the spec looks for codes that it knows.
      return { data: null, codes: [`no answer: ${String(error)}`] };
    }
  }
}
