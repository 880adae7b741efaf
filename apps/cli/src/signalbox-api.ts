import { DATASET_PARTS, isErrorCode, MAX_REQUEST_MB, SignalboxError } from '@signalbox/contracts';
import { SEVERITIES } from '@signalbox/spans';
import { z } from 'zod';
import type { ExportedRow } from './formats/exported-dataset.js';

/** A diagnosis reads for half a minute, and its last request may take as long again. */
const ANSWER_WITHIN_MS = 120_000;

const answerOf = <T extends z.ZodType>(data: T) =>
  z.object({
    data: data.nullish(),
    errors: z
      .array(
        z.object({ message: z.string(), extensions: z.object({ code: z.string(), nextStep: z.string().optional() }) }),
      )
      .optional(),
  });

const sources = z.object({
  traceSources: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string() })),
});
export type NamedSource = z.infer<typeof sources>['traceSources'][number];

const finding = z.object({
  code: z.string(),
  severity: z.enum(SEVERITIES),
  message: z.string(),
  count: z.number(),
  of: z.number(),
  unit: z.string(),
  exampleTraceId: z.string().nullable(),
  exampleSpanId: z.string().nullable(),
  settings: z.array(z.object({ where: z.string(), change: z.string() })),
});
export type ShownFinding = z.infer<typeof finding>;

const read = z.object({
  traces: z.number(),
  spans: z.number(),
  coverage: z.object({ calls: z.number() }),
  from: z.string(),
  to: z.string(),
  reached: z.string(),
  end: z.string(),
});
const diagnoses = z.object({
  diagnoseSource: z.object({ read, findings: z.array(finding), unasked: z.array(z.string()) }),
});
export type SourceDiagnosis = z.infer<typeof diagnoses>['diagnoseSource'];

const SOURCES = 'query { traceSources { id name kind } }';
const DIAGNOSE = `query ($sourceId: ID!, $from: DateTime, $to: DateTime, $sample: Int) {
  diagnoseSource(sourceId: $sourceId, from: $from, to: $to, sample: $sample) {
    read { traces spans coverage { calls } from to reached end }
    findings { code severity message count of unit exampleTraceId exampleSpanId settings { where change } }
    unasked
  }
}`;

const answer = z.object({
  id: z.string(),
  query: z.string().nullable(),
  messages: z.unknown(),
  response: z.string().nullable(),
});
const toLabel = z.object({ callsToLabel: z.array(answer) });
const submitted = z.object({ submitHumanLabel: z.object({ id: z.string() }) });
const counts = z.object({ labelCounts: z.array(z.object({ kind: z.string(), labels: z.number() })) });
const created = z.object({ createLabeler: z.object({ name: z.string(), groundTruths: z.number() }) });
const message = z.object({
  role: z.string(),
  content: z.unknown().transform((content) => (typeof content === 'string' ? content : JSON.stringify(content ?? ''))),
});

/** An answer, with what was asked. */
export interface CallToLabel {
  id: string;
  query: string;
  /** Empty where only the query is known. */
  messages: readonly { role: string; text: string }[];
  response: string;
}

export interface LabelWish {
  filter: { modelName?: string[]; text?: string };
  userId: string | null;
  first: number;
  seed: number;
}

const TO_LABEL = `query ($filter: LlmCallFilter, $userId: String, $first: Int, $seed: Int) {
  callsToLabel(filter: $filter, userId: $userId, first: $first, seed: $seed) { id query messages response }
}`;
const SUBMIT = 'mutation ($input: SubmitHumanLabelInput!) { submitHumanLabel(input: $input) { id } }';
const CREATE = 'mutation ($input: CreateLabelerInput!) { createLabeler(input: $input) { name groundTruths } }';
const COUNTS = 'query { labelCounts { kind labels } }';

const frozen = z.object({
  ...{ id: z.string(), status: z.string(), hash: z.string().nullable(), embedding: z.string(), split: z.unknown() },
  candidates: z.array(z.string()),
  router: z.object({
    name: z.string(),
    candidates: z.array(
      z.object({ name: z.string(), inputPrice: z.number().nullable(), outputPrice: z.number().nullable() }),
    ),
  }),
});
export type FrozenDataset = z.infer<typeof frozen>;
const oneDataset = z.object({ dataset: frozen.nullable() });
const newest = z.object({
  datasets: z.object({
    edges: z.array(z.object({ node: frozen })),
    pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
  }),
});

const lowerCase = <T extends readonly string[]>(values: T) => z.string().toLowerCase().pipe(z.enum(values));
const exportedRow = z.object({
  ...{ id: z.string(), query: z.string(), task: z.string().nullable(), group: z.string() },
  ...{ part: lowerCase(DATASET_PARTS), startedAt: z.string().nullable(), inRandomSlice: z.boolean() },
  outcomes: z.array(
    z.object({
      ...{ candidate: z.string(), source: lowerCase(['logged', 'replayed'] as const), performance: z.number() },
      ...{ labeler: z.string(), costUsd: z.number().nullable(), responseTimeSeconds: z.number().nullable() },
      propensity: z.number().nullable(),
    }),
  ),
  vector: z.string().nullish(),
});
const rowsPage = z.object({
  dataset: z
    .object({
      rows: z.object({
        edges: z.array(z.object({ node: exportedRow })),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      }),
    })
    .nullable(),
});

const FROZEN = 'id status hash embedding split candidates router { name candidates { name inputPrice outputPrice } }';
const DATASET = `query ($id: ID!) { dataset(id: $id) { ${FROZEN} } }`;
const NEWEST = `query ($router: String, $after: String) { datasets(router: $router, first: 50, after: $after) {
  edges { node { ${FROZEN} } } pageInfo { endCursor hasNextPage } } }`;
const ROWS_A_PAGE = 200; // as many as the API gives
const ROWS = `query ($id: ID!, $first: Int, $after: String, $vectors: Boolean!) { dataset(id: $id) {
  rows(first: $first, after: $after) {
    edges { node {
      id query task group part startedAt inRandomSlice
      outcomes { candidate source performance labeler costUsd responseTimeSeconds propensity }
      vector @include(if: $vectors)
    } }
    pageInfo { hasNextPage endCursor }
  } } }`;

export interface RowsPage {
  rows: ExportedRow[];
  hasNextPage: boolean;
  endCursor: string | null;
}

export interface DiagnosisOptions {
  from?: string;
  to?: string;
  sample?: number;
}

/** The running GraphQL API, by the address that the user gave. */
export class SignalboxApi {
  constructor(private readonly url: string) {}

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE, or what the API answers */
  async sources(): Promise<NamedSource[]> {
    return (await this.ask(SOURCES, {}, sources)).traceSources;
  }

  /** @throws SignalboxError as {@link sources} */
  async diagnose(sourceId: string, options: DiagnosisOptions): Promise<SourceDiagnosis> {
    return (await this.ask(DIAGNOSE, { sourceId, ...options }, diagnoses)).diagnoseSource;
  }

  /** Answers without a label of this person. @throws SignalboxError as {@link sources} */
  async callsToLabel(wish: LabelWish): Promise<CallToLabel[]> {
    const { callsToLabel } = await this.ask(TO_LABEL, wish, toLabel);
    return callsToLabel.map(({ id, query, messages, response }) => {
      const turns = z.array(message).safeParse(messages);
      return {
        ...{ id, query: query ?? '', response: response ?? '' },
        messages: (turns.data ?? []).map(({ role, content }) => ({ role, text: content })),
      };
    });
  }

  /** Replaces what the same person said before. @throws SignalboxError as {@link sources} */
  async submitHumanLabel(callId: string, score: number, userId: string | null): Promise<void> {
    await this.ask(SUBMIT, { input: { callId, score, userId } }, submitted);
  }

  /** How many labels of people there are. @throws SignalboxError as {@link sources} */
  async humanLabels(): Promise<number> {
    const { labelCounts } = await this.ask(COUNTS, {}, counts);
    return labelCounts.find(({ kind }) => kind === 'HUMAN')?.labels ?? 0;
  }

  /**
   * The metric of that name with these known answers; the one that there is when it has them.
   * @throws SignalboxError INVALID_INPUT when they are too large for one request, CONFLICT, or as {@link sources}
   */
  async createMetric(
    name: string,
    metric: string,
    groundTruth: readonly unknown[],
  ): Promise<{ name: string; groundTruths: number }> {
    return (await this.ask(CREATE, { input: { name, kind: 'METRIC', metric, groundTruth } }, created)).createLabeler;
  }

  /** @throws SignalboxError as {@link sources} */
  async dataset(id: string): Promise<FrozenDataset | null> {
    return (await this.ask(DATASET, { id }, oneDataset)).dataset;
  }

  /** The newest that is frozen. @throws SignalboxError as {@link sources} */
  async newestDataset(router: string | null): Promise<FrozenDataset | null> {
    for (let after: string | null = null; ;) {
      const { datasets }: z.infer<typeof newest> = await this.ask(NEWEST, { router, after }, newest);
      const found = datasets.edges.find(({ node }) => node.status === 'SUCCEEDED');
      if (found) return found.node;
      if (!datasets.pageInfo.hasNextPage) return null;
      after = datasets.pageInfo.endCursor;
    }
  }

  /** @throws SignalboxError NOT_FOUND, or as {@link sources} */
  async datasetRows(id: string, after: string | null, vectors: boolean): Promise<RowsPage> {
    const { dataset } = await this.ask(ROWS, { id, first: ROWS_A_PAGE, after, vectors }, rowsPage);
    if (dataset === null) throw new SignalboxError('NOT_FOUND', `There is no dataset ${id}.`);
    const { edges, pageInfo } = dataset.rows;
    const rows = edges.map(({ node }) => ({ ...node, vector: floatsOf(node.vector ?? null) }));
    return { rows, ...pageInfo };
  }

  private async ask<T extends z.ZodType>(query: string, variables: object, schema: T): Promise<z.infer<T>> {
    const answer = answerOf(schema).safeParse(await this.post({ query, variables }));
    if (!answer.success)
      throw new SignalboxError(
        'DEPENDENCY_UNAVAILABLE',
        `${this.url} does not answer as Signalbox does.`,
        HOW_TO_REACH,
      );
    const [error] = answer.data.errors ?? [];
    if (error) {
      const { code, nextStep } = error.extensions;
      throw new SignalboxError(isErrorCode(code) ? code : 'DEPENDENCY_UNAVAILABLE', error.message, nextStep);
    }
    if (answer.data.data === null || answer.data.data === undefined)
      throw new SignalboxError('DEPENDENCY_UNAVAILABLE', `${this.url} answered without data.`, HOW_TO_REACH);
    return answer.data.data;
  }

  private async post(request: object): Promise<unknown> {
    const body = JSON.stringify(request);
    const megabytes = Buffer.byteLength(body) / 2 ** 20;
    if (megabytes > MAX_REQUEST_MB)
      throw new SignalboxError(
        'INVALID_INPUT',
        `The request is of ${megabytes.toFixed(1)} MB; Signalbox takes ${MAX_REQUEST_MB} MB at once.`,
        'Split the file, and make a labeler of each part, such as NAME-1 and NAME-2: labelCalls takes several.',
      );
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      return await response.json();
    } catch (cause) {
      throw new SignalboxError('DEPENDENCY_UNAVAILABLE', `${this.url} does not answer.`, HOW_TO_REACH, { cause });
    }
  }
}

const HOW_TO_REACH = 'Start Signalbox with npm start, or give the address of its GraphQL API by --url.';

/** Little-endian float32 in base64. */
function floatsOf(base64: string | null): Float32Array | null {
  if (base64 === null) return null;
  const bytes = Buffer.from(base64, 'base64');
  const length = bytes.length / Float32Array.BYTES_PER_ELEMENT;
  return Float32Array.from({ length }, (_, k) => bytes.readFloatLE(k * Float32Array.BYTES_PER_ELEMENT));
}
