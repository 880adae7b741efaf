import { isErrorCode, SignalboxError } from '@signalbox/contracts';
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

  private async post(body: object): Promise<unknown> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      return await response.json();
    } catch (cause) {
      throw new SignalboxError('DEPENDENCY_UNAVAILABLE', `${this.url} does not answer.`, HOW_TO_REACH, { cause });
    }
  }
}

const HOW_TO_REACH = 'Start Signalbox with npm start, or give the address of its GraphQL API by --url.';
