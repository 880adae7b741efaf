import type { Provisioned } from '@signalbox/database';
import { startService, type RunningService, type ServiceEnvironment } from '@signalbox/platform';
import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { ingestService } from '../index.js';

const SECRET_KEY = 'ab'.repeat(32);

interface GraphAnswer<D> {
  /** What the test asked for; null where an error says so. */
  data: D;
  errors?: { message: string; path?: unknown[]; extensions: { code: string; nextStep: string } }[];
}

/** What testkit's `freshDatabase` gives. */
export interface TestDatabase {
  adminUrl: string;
  urls: Provisioned['urls'];
  drop(): Promise<void>;
}

/** The service with its own database, asked as a client asks it. */
export class RunningIngest {
  private service: RunningService | null = null;

  private constructor(
    private readonly database: TestDatabase,
    readonly admin: pg.Client,
    private more: Partial<ServiceEnvironment>,
  ) {}

  /** On a database that was provisioned for it; the service is not started yet. */
  static async on(database: TestDatabase, more: Partial<ServiceEnvironment> = {}): Promise<RunningIngest> {
    const admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    return new RunningIngest(database, admin, more);
  }

  environment(role: ServiceEnvironment['role']): ServiceEnvironment {
    return {
      databaseUrl: this.database.urls.ingest,
      queueUrl: this.database.urls.queue,
      objectStoreUrl: 'file:///tmp/unused',
      secretKey: SECRET_KEY,
      outboundAllow: 'loopback',
      traceFiles: '',
      labelPolicy: { precedence: [], labelers: [], weights: {}, allowUncalibrated: [] },
      awsRoleAllow: '',
      embedder: { provider: 'use-lite' },
      host: '127.0.0.1',
      port: 0,
      role,
      logLevel: 'error',
      ...this.more,
    };
  }

  async start(role: ServiceEnvironment['role'] = 'all'): Promise<void> {
    this.service = await startService(ingestService, this.environment(role));
  }

  /** From the next start on. */
  set(change: Partial<ServiceEnvironment>): void {
    this.more = { ...this.more, ...change };
  }

  get url(): string {
    return this.service?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.service?.close();
    this.service = null;
  }

  async end(): Promise<void> {
    await this.stop();
    await this.admin.end();
    await this.database.drop();
  }

  async graph<D = unknown>(query: string, variables: Record<string, unknown> = {}): Promise<GraphAnswer<D>> {
    const response = await fetch(this.service?.url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const answer: unknown = await response.json();
    if (!isAnswer<D>(answer)) throw new TypeError('the service did not answer as GraphQL does');
    return answer;
  }

  async count(sql: string, values: unknown[] = []): Promise<number> {
    const { rows } = await this.admin.query<{ n: number }>(`select count(*)::int as n from ${sql}`, values);
    return rows[0]?.n ?? -1;
  }

  async createSource(input: Record<string, unknown>): Promise<string> {
    const created = await this.graph<{ createTraceSource: { id: string } } | null>(
      'mutation ($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }',
      { input: { kind: 'JAEGER', ...input } },
    );
    return created.data?.createTraceSource.id ?? JSON.stringify(created.errors);
  }

  async requestExtraction(sourceId: string, from: number, to: number): Promise<string> {
    const input = { sourceId, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const answer = await this.graph<{ extractTraces: { id: string } } | null>(
      'mutation ($input: ExtractTracesInput!) { extractTraces(input: $input) { id } }',
      { input },
    );
    return answer.data?.extractTraces.id ?? JSON.stringify(answer.errors);
  }

  /** Follows an extraction to its end. */
  async ended(id: string): Promise<ExtractionAnswer> {
    for (;;) {
      const { extraction } = (await this.graph<{ extraction: ExtractionAnswer | null }>(FOLLOW, { id })).data;
      if (extraction && extraction.status !== 'QUEUED' && extraction.status !== 'RUNNING') return extraction;
      await delay(20);
    }
  }

  async extract(sourceId: string, from: number, to: number): Promise<ExtractionAnswer> {
    return this.ended(await this.requestExtraction(sourceId, from, to));
  }
}

function isAnswer<D>(value: unknown): value is GraphAnswer<D> {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

export interface ExtractionAnswer {
  status: string;
  complete: boolean;
  spansRead: number;
  callsStored: number;
  callsDuplicate: number;
  callsSuperseded: number;
  spansMerged: number;
  skipped: { reason: string; count: number }[];
  progress: { done: number; total: number | null; unit: string };
  coverage: Record<string, unknown>;
  problem: { code: string; message: string; nextStep: string } | null;
  source: { name: string; watermark: string | null };
}

const FOLLOW = `query ($id: ID!) { extraction(id: $id) { status complete spansRead callsStored callsDuplicate callsSuperseded
  spansMerged skipped { reason count } progress { done total unit } problem { code message nextStep }
  coverage { calls withQuery withResponse withModel withTokens withCost withPropensity truncated byDialect }
  source { name watermark } } }`;

/** spansRead = callsStored + callsDuplicate + spansMerged + the sum of skipped. */
export function unaccounted(extraction: ExtractionAnswer): number {
  const skipped = extraction.skipped.reduce((sum, { count }) => sum + count, 0);
  return extraction.spansRead - extraction.callsStored - extraction.callsDuplicate - extraction.spansMerged - skipped;
}
