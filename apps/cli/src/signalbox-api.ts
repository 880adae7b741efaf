import { isErrorCode, MAX_REQUEST_MB, SignalboxError } from '@signalbox/contracts';
import { SEVERITIES } from '@signalbox/spans';
import { z } from 'zod';

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
