import { Inject, Injectable } from '@nestjs/common';
import { ERROR_CODES, SignalboxError, type RetrainRow } from '@signalbox/contracts';
import { JobStatus } from '@signalbox/contracts/graphql';
import { type JobContext, type StageOutput, type StageProgress } from '@signalbox/queue';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK, type Clock } from '../ingest.environment.js';
import { ResolveModelsJob } from '../models/resolve-models.job.js';
import { TraceSourceEntity } from '../sources/source.entity.js';
import { TraceSourceKind } from '../sources/source.type.js';
import { SourceService } from '../sources/source.service.js';
import { ExtractJob } from './extract.job.js';
import { ExtractionEntity } from './extraction.entity.js';
import { ExtractionRepository } from './extraction.repository.js';
import { LAG_MS, OVERLAP_MS } from './reach.js';

/** The first stage of a retrain: reads what is new in every source. */
@Injectable()
export class ExtractStage {
  constructor(
    private readonly sources: SourceService,
    private readonly extractions: ExtractionRepository,
    private readonly job: ExtractJob,
    private readonly models: ResolveModelsJob,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws SignalboxError the problem of the first source, when none could be read */
  async run(
    retrain: RetrainRow,
    report: (progress: StageProgress) => Promise<void>,
    context: JobContext,
  ): Promise<StageOutput> {
    await this.models.run(context.signal);
    const sources = (await this.sources.list()).filter(({ kind }) => kind !== TraceSourceKind.OTLP); // those come by themselves
    const done: ExtractionEntity[] = [];
    const neverRead: string[] = [];
    let spansBefore = 0;
    for (const source of sources) {
      const before = spansBefore;
      const extraction = await this.extractionOf(source, retrain.id);
      if (extraction === 'never read') neverRead.push(source.name);
      if (typeof extraction === 'string') continue;
      await this.extractions.reopen(extraction.id);
      await this.job.run(extraction.id, context, (spans) =>
        report({ done: before + spans, total: null, unit: 'spans', costUsd: null }),
      );
      const ended = (await this.extractions.find(extraction.id)) ?? extraction;
      if (ended.status === JobStatus.RUNNING) throw new Error(`extraction ${ended.id} was interrupted`); // the queue starts it again
      done.push(ended);
      spansBefore += ended.spansRead;
    }
    return { ...outputOf(sources, done), neverRead };
  }

  /** How far back a source shall be read that nobody has read yet is not known. */
  private async extractionOf(
    source: TraceSourceEntity,
    retrainId: string,
  ): Promise<ExtractionEntity | 'never read' | 'nothing new'> {
    const known = await this.extractions.ofRetrain(retrainId, source.id);
    if (known) return known;
    const from = source.watermark
      ? new Date(source.watermark.getTime() - OVERLAP_MS)
      : await this.extractions.earliestFrom(source.id);
    const to = new Date(this.clock().getTime() - LAG_MS);
    if (from === null) return 'never read';
    if (from >= to) return 'nothing new';
    return this.extractions.insertForRetrain({ id: uuidv7(), sourceId: source.id, retrainId, from, to });
  }
}

function outputOf(sources: readonly TraceSourceEntity[], done: readonly ExtractionEntity[]): StageOutput {
  const failed = done.filter(({ status }) => status !== JobStatus.SUCCEEDED);
  const [problem] = failed.flatMap((extraction) => extraction.problem ?? []);
  if (failed.length > 0 && failed.length === done.length) {
    const { code, message, nextStep } = problem ?? {
      code: 'STAGE_FAILED',
      message: 'No source could be read.',
      nextStep: null,
    };
    throw new SignalboxError(code, message, nextStep ?? ERROR_CODES[code]);
  }
  const sum = (count: (extraction: ExtractionEntity) => number) => done.reduce((total, each) => total + count(each), 0);
  const nameOf = new Map(sources.map(({ id, name }) => [id, name]));
  return {
    sources: sources.length,
    spansRead: sum(({ spansRead }) => spansRead),
    callsStored: sum(({ callsStored }) => callsStored),
    callsDuplicate: sum(({ callsDuplicate }) => callsDuplicate),
    complete: done.every(({ complete }) => complete),
    /** Sources that could not be read, with the code of their problem; the others' calls are there. */
    failed: Object.fromEntries(
      failed.map(({ sourceId, problem: why }) => [nameOf.get(sourceId) ?? sourceId, why?.code ?? null]),
    ),
  };
}
