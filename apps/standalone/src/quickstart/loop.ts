import { isErrorCode, SignalboxError } from '@signalbox/contracts';
import { z } from 'zod';
import * as answers from './answers.js';
import type { GraphClient } from './graph-client.js';
import * as operations from './operations.js';
import { candidatesOf, missingFrom, tooFewCandidates } from './missing.js';
import type { QuickstartOptions } from './options.js';
import type { Report } from './report.js';
import type { ApplicationRecords } from './sample-process.js';

/** Where the calls come from, and who can be asked: sample servers or the user's own. */
export interface Surroundings {
  jaegerUrl: string;
  service: string | undefined;
  from: string;
  to: string;
  /** Judges and candidates are asked through these; null when there are none. */
  judge: { baseUrl: string; model: string } | null;
  replayUrl: string | null;
  records: ApplicationRecords | null;
}

export type Tell = (line: string) => void;

const ROUTER = 'quickstart';
const POLL_MS = 200;
const FEEDBACK_BATCH = 50; // aliases in one document

/** Walks the loop through the gateway alone; every mutation carries a key of this run, so that a restart goes on where it was. */
export class QuickstartLoop {
  constructor(
    private readonly graph: GraphClient,
    private readonly options: QuickstartOptions,
    private readonly tell: Tell,
    private readonly runId: string,
  ) {}

  async run(surroundings: Surroundings): Promise<Report> {
    const extracted = await this.extract(surroundings);
    const labelers = await this.createLabelers(surroundings);
    if (surroundings.records) await this.submitOpinions(surroundings.records);
    if (labelers.length > 0) await this.label(labelers);
    const models = surroundings.records ? {} : await this.callsBy('MODEL');
    const candidates = surroundings.records?.candidates ?? candidatesOf(models);
    const missing = missingFrom(extracted, surroundings, await this.labelCounts());
    if (candidates.length < 2) return this.report(extracted, null, [...missing, tooFewCandidates(models)]);
    await this.createRouter(candidates);
    const retrain = await this.retrain(surroundings);
    return this.report(extracted, retrain, missing);
  }

  private async extract({ jaegerUrl, service, from, to }: Surroundings): Promise<answers.Extraction> {
    const name = `quickstart ${jaegerUrl}${service ? ` ${service}` : ''}`;
    const { createTraceSource } = await this.graph.ask(
      operations.CREATE_SOURCE,
      { input: { name, kind: 'JAEGER', endpoint: jaegerUrl, serviceName: service } },
      z.object({ createTraceSource: z.object({ id: z.string() }) }),
    );
    const request = async (step: string): Promise<string> => {
      const { extractTraces } = await this.graph.ask(
        operations.EXTRACT,
        { input: { sourceId: createTraceSource.id, from, to, idempotencyKey: this.key(step) } },
        z.object({ extractTraces: z.object({ id: z.string() }) }),
      );
      return extractTraces.id;
    };
    const read = async (id: string): Promise<answers.Extraction> => {
      const shape = z.object({ extraction: answers.extraction });
      return (await this.graph.ask(operations.EXTRACTION_PROGRESS, { id }, shape)).extraction;
    };
    let id = await request('extract');
    // What a killed run left goes on; what had failed in it is over.
    if ((await read(id)).status === 'FAILED') id = await request('extract again');
    return this.follow('extract', async () => {
      const extraction = await read(id);
      return {
        ...extraction,
        line: `${extraction.spansRead} spans read, ${extraction.callsStored} calls stored, ${extraction.callsDuplicate} there already`,
      };
    });
  }

  private async createLabelers({ records, judge }: Surroundings): Promise<string[]> {
    const metrics = Map.groupBy(records?.groundTruth ?? [], (row) => row.metric);
    const inputs: Record<string, unknown>[] = [...metrics].map(([metric, rows]) => ({
      name: `known-answers-${metric}`,
      kind: 'METRIC',
      metric,
      groundTruth: rows.map(({ query, answer }) => ({ query, answer })),
    }));
    if (judge) inputs.push({ name: 'judge', kind: 'JUDGE', model: judge.model, baseUrl: judge.baseUrl });
    const created = z.object({ createLabeler: z.object({ name: z.string() }) });
    const names: string[] = [];
    for (const input of inputs) {
      const { createLabeler } = await this.graph.ask(operations.CREATE_LABELER, { input }, created);
      names.push(createLabeler.name);
    }
    return names.filter((name) => name !== 'judge'); // the judge is asked within the retrain, under its budget
  }

  /** Thumbs and people's verdicts, as an application would send them. */
  private async submitOpinions({ feedback, humanLabels }: ApplicationRecords): Promise<void> {
    for (let start = 0; start < feedback.length; start += FEEDBACK_BATCH) {
      const batch = feedback.slice(start, start + FEEDBACK_BATCH);
      const inputs = Object.fromEntries(
        batch.map((row, i) => [`f${i}`, { ...row, idempotencyKey: this.key(`feedback ${start + i}`) }]),
      );
      await this.graph.ask(
        `mutation Feedback(${batch.map((_, i) => `$f${i}: SubmitFeedbackInput!`).join(', ')}) {
          ${batch.map((_, i) => `f${i}: submitFeedback(input: $f${i}) { id }`).join('\n')} }`,
        inputs,
        z.unknown(),
      );
    }
    this.tell(`label     ${feedback.length} thumbs submitted`);
    for (const { traceId, spanId, score } of humanLabels) {
      const { trace } = await this.graph.ask(
        'query CallOfSpan($traceId: String!) { trace(traceId: $traceId) { calls { id spanId } } }',
        { traceId },
        z.object({ trace: z.object({ calls: z.array(z.object({ id: z.string(), spanId: z.string() })) }).nullable() }),
      );
      const call = trace?.calls.find((each) => each.spanId === spanId) ?? trace?.calls[0];
      if (!call) continue;
      await this.graph.ask(
        'mutation Human($input: SubmitHumanLabelInput!) { submitHumanLabel(input: $input) { id } }',
        { input: { callId: call.id, score, idempotencyKey: this.key(`human ${spanId}`) } },
        z.unknown(),
      );
    }
    this.tell(`label     ${humanLabels.length} verdicts of people submitted`);
  }

  private async label(labelers: string[]): Promise<void> {
    const { labelCalls } = await this.graph.ask(
      operations.LABEL,
      { input: { labelers, idempotencyKey: this.key('label') } },
      z.object({ labelCalls: z.object({ id: z.string() }) }),
    );
    await this.follow('label', async () => {
      const { labelingRun } = await this.graph.ask(
        operations.LABELING_PROGRESS,
        { id: labelCalls.id },
        z.object({ labelingRun: answers.labelingRun }),
      );
      return {
        ...labelingRun,
        line: `${labelingRun.labelled} calls scored by known answers, ${labelingRun.abstained} without an opinion`,
      };
    });
  }

  private async createRouter(candidates: Record<string, unknown>[]): Promise<void> {
    const { createRouter } = await this.graph.ask(
      operations.CREATE_ROUTER,
      {
        input: { name: ROUTER, description: 'Made by quickstart.', candidates, idempotencyKey: `quickstart ${ROUTER}` },
      },
      z.object({
        createRouter: z.object({ name: z.string(), champion: z.object({ version: z.number() }).nullable() }),
      }),
    );
    this.tell(`router    ${createRouter.name} with ${candidates.length} candidates; version 1 answers from now on`);
  }

  private async retrain({ replayUrl, judge }: Surroundings): Promise<answers.Retrain> {
    const { triggerRetrain } = await this.graph.ask(
      operations.TRIGGER_RETRAIN,
      {
        input: {
          router: ROUTER,
          reason: 'quickstart',
          seed: this.options.seed,
          judgeBudgetUsd: judge ? 5 : 0,
          replayBudgetUsd: replayUrl ? 20 : 0,
          replayEndpoint: replayUrl,
          idempotencyKey: this.key('retrain'),
        },
      },
      z.object({ triggerRetrain: z.object({ id: z.string() }) }),
    );
    const told = new Set<string>();
    const state = z.object({ retrain: answers.retrain });
    for (;;) {
      const { retrain } = await this.graph.ask(operations.RETRAIN_PROGRESS, { id: triggerRetrain.id }, state);
      for (const stage of retrain.stages) this.tellStage(stage, told);
      if (retrain.status !== 'QUEUED' && retrain.status !== 'RUNNING') return retrain;
      await pause(POLL_MS);
    }
  }

  private tellStage({ stage, status, progress, problem, output }: answers.StageRecord, told: Set<string>): void {
    const once = (key: string, line: string) => {
      if (told.has(key)) return;
      told.add(key);
      this.tell(`${stage.padEnd(9)} ${line}`);
    };
    if (status === 'RUNNING' && progress && progress.done > 0) {
      const total = progress.total === null ? '' : ` of ${progress.total}`;
      const tenth = progress.total ? Math.floor((10 * progress.done) / progress.total) : progress.done;
      once(`${stage} ${tenth}`, `${progress.done}${total} ${progress.unit}`);
    }
    if (status === 'SUCCEEDED') once(`${stage} done`, `done${summary(output)}`);
    if (status === 'FAILED') once(`${stage} failed`, `failed: ${problem?.code ?? ''} ${problem?.message ?? ''}`);
  }

  private async report(
    extraction: answers.Extraction,
    retrain: answers.Retrain | null,
    missing: Report['missing'],
  ): Promise<Report> {
    const stages = retrain?.stages ?? [];
    const output = (stage: string, field: string): unknown =>
      stages.find((each) => each.stage === stage)?.output?.[field];
    const prompt = await this.onePrompt();
    const champion = retrain ? await this.champion() : null;
    const failed = stages.find((stage) => stage.status === 'FAILED')?.problem ?? retrain?.problem;
    const allExtractions = await this.allExtractions();
    const hash = output('dataset', 'hash');
    return {
      sample: surroundingsOf(this.options),
      callsStored: Object.values(await this.callsBy('STATUS')).reduce((sum, calls) => sum + calls, 0),
      callsDuplicate: allExtractions.reduce((sum, each) => sum + each.callsDuplicate, 0),
      storedNow: extraction.callsStored,
      duplicateNow: extraction.callsDuplicate,
      callsSkipped: Object.fromEntries(extraction.skipped.map(({ reason, count }) => [reason, count])),
      labels: await this.labelCounts(),
      replayCells: Number(output('replay', 'cells') ?? 0),
      datasetHash: typeof hash === 'string' ? hash : null,
      routerName: ROUTER,
      routerType: retrain?.version?.routerType ?? null,
      championVersion: champion,
      trainedVersion: retrain?.version ? `${ROUTER}@${retrain.version.version}` : null,
      evaluation: retrain?.version?.trainingRun?.evaluation ?? null,
      gate: retrain?.version?.gate ?? null,
      decision: champion !== null && prompt !== null ? await this.decide(prompt) : null,
      prompt,
      stages,
      missing: failed
        ? [...missing, { what: `${failed.message} (${failed.code})`, how: failed.nextStep ?? '' }]
        : missing,
    };
  }

  private async decide(query: string): Promise<answers.Decision> {
    const { decide } = await this.graph.ask(
      operations.DECIDE,
      { router: ROUTER, query, sessionId: 'quickstart' }, // one conversation, one draw: the report is the same each time
      z.object({ decide: answers.decision }),
    );
    return decide;
  }

  private async champion(): Promise<string | null> {
    const { router } = await this.graph.ask(
      operations.CHAMPION,
      { name: ROUTER },
      z.object({ router: z.object({ champion: z.object({ version: z.number() }).nullable() }).nullable() }),
    );
    return router?.champion ? `${ROUTER}@${router.champion.version}` : null;
  }

  private async onePrompt(): Promise<string | null> {
    const { llmCalls } = await this.graph.ask(
      operations.ONE_PROMPT,
      {},
      z.object({
        llmCalls: z.object({ edges: z.array(z.object({ node: z.object({ query: z.string().nullable() }) })) }),
      }),
    );
    return llmCalls.edges[0]?.node.query ?? null;
  }

  private async callsBy(groupBy: string): Promise<Record<string, number>> {
    const shape = z.object({ callStats: z.array(answers.count) });
    const { callStats } = await this.graph.ask(operations.CALLS_BY, { groupBy }, shape);
    return Object.fromEntries(callStats.map(({ key, calls }) => [key, calls]));
  }

  private async labelCounts(): Promise<Record<string, number>> {
    const shape = z.object({ labelCounts: z.array(answers.labelCount) });
    const { labelCounts } = await this.graph.ask(operations.LABEL_COUNTS, {}, shape);
    return Object.fromEntries(labelCounts.map(({ kind, labels }) => [kind, labels]));
  }

  private async allExtractions(): Promise<answers.Extraction[]> {
    const page = z.object({ edges: z.array(z.object({ node: answers.extraction })) });
    const shape = z.object({ traceSources: z.array(z.object({ extractions: page })) });
    const { traceSources } = await this.graph.ask(operations.ALL_EXTRACTIONS, {}, shape);
    return traceSources.flatMap((source) => source.extractions.edges.map((edge) => edge.node));
  }

  /** Polls until the work ends; tells each new line. */
  private async follow<T extends { status: string; line: string; problem: z.infer<typeof answers.problem> | null }>(
    stage: string,
    read: () => Promise<T>,
  ): Promise<T> {
    let last = '';
    for (;;) {
      const state = await read();
      if (state.line !== last) this.tell(`${stage.padEnd(9)} ${state.line}`);
      last = state.line;
      if (state.status === 'SUCCEEDED') return state;
      if (state.status === 'FAILED' || state.status === 'CANCELLED') throw failureOf(state.problem, stage);
      await pause(POLL_MS);
    }
  }

  private key(step: string): string {
    return `quickstart ${this.runId} ${step}`;
  }
}

const surroundingsOf = (options: QuickstartOptions): Report['sample'] =>
  options.jaeger ? null : { scenario: options.scenario, seed: options.seed };

function summary(output: Record<string, unknown> | null): string {
  const facts = Object.entries(output ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 20)
      ? [`${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(3) : String(value)}`]
      : [],
  );
  return facts.length > 0 ? `: ${facts.slice(0, 6).join(', ')}` : '';
}

function failureOf(problem: z.infer<typeof answers.problem> | null, stage: string): Error {
  const code = problem?.code ?? 'STAGE_FAILED';
  return new SignalboxError(
    isErrorCode(code) ? code : 'STAGE_FAILED',
    problem?.message ?? `${stage} failed`,
    problem?.nextStep ?? undefined,
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
