import type { Dialect, FieldName } from '../dialects/dialect.js';
import { FIRST_TOKEN_SOURCES } from '../dialects/tables.js';
import type { NormalSpan } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';
import { readStatus, type StatusFacts } from './call-status.js';
import { dialectOf } from './classify.js';
import { readInput, readOutput, type InputContent, type OutputContent } from './content.js';
import { readDecision, type DecisionFacts } from './decision-attributes.js';
import { toStructure } from './structure.js';

export interface Tokens {
  input: number | null;
  output: number | null;
  total: number | null;
  cachedInput: number | null;
  reasoning: number | null;
}

const NO_TOKENS: Tokens = { input: null, output: null, total: null, cachedInput: null, reasoning: null };
const NANOS_PER_SECOND = 1_000_000_000n;
/** A time before this many nanoseconds, not quite three hours, after the epoch is one of seconds. */
const SECONDS_BELOW = 10_000n * NANOS_PER_SECOND;

/**
 * Everything that one span tells about the call it reports; null where it says nothing. Content and tokens are read
 * when they are first asked for, which a copy of what another span tells never is.
 */
export class SpanFacts {
  readonly span: NormalSpan;
  private readonly vocabulary: Dialect;
  private readInput: InputContent | undefined;
  private readOutput: OutputContent | undefined;
  private readTokens: Tokens | undefined;
  private readStatus: StatusFacts | undefined;

  constructor(
    span: NormalSpan,
    private readonly reader: AttributeReader,
  ) {
    this.vocabulary = dialectOf(span, reader);
    this.span = this.vocabulary.timesInSeconds === true ? inNanoseconds(span) : span;
  }

  /** A copy speaks for no call that another span reports. */
  get isRawCopy(): boolean {
    return this.reader.isRawCopy;
  }

  get dialect(): string {
    return this.vocabulary.name;
  }

  get input(): InputContent {
    this.readInput ??= readInput(this.reader, this.span.events);
    return this.readInput;
  }

  get output(): OutputContent {
    this.readOutput ??= readOutput(this.reader, this.span.events);
    return this.readOutput;
  }

  get status(): StatusFacts {
    this.readStatus ??= readStatus(this.span, this.reader, {
      dialect: this.dialect,
      refused: this.output.refused,
      finishReason: this.finishReason,
      cached: this.isCached,
    });
    return this.readStatus;
  }

  /** A call that failed before it counted anything reports zeros, which are no counts. */
  get tokens(): Tokens {
    this.readTokens ??= this.countTokens();
    return this.readTokens;
  }

  get costUsd(): number | null {
    const cost = this.amount('costUsd') ?? sum(this.amount('inputCostUsd'), this.amount('outputCostUsd'));
    return cost === 0 && this.failed && this.tokens.input === null ? null : cost;
  }

  get requestModel(): string | null {
    return this.text('requestModel');
  }

  get responseModel(): string | null {
    const named = this.text('responseModel');
    if (named === null || named !== this.requestModel) return named === this.text('modelAlias') ? null : named;
    // The name that was asked is not the answer's own where another model is deployed under it.
    const deployed = this.text('deployedModel');
    return deployed === null || deployed.split('/').at(-1) === named.split('/').at(-1) ? named : deployed;
  }

  get provider(): string | null {
    return this.text('provider');
  }

  get sessionId(): string | null {
    return this.text('sessionId');
  }

  get userId(): string | null {
    return this.text('userId');
  }

  get requestId(): string | null {
    return this.text('requestId');
  }

  get responseId(): string | null {
    return this.text('responseId');
  }

  get finishReason(): string | null {
    for (const source of this.reader.sourcesOf('finishReason', this.dialect)) {
      const named = firstReason(this.reader.valueAt(source));
      if (named !== undefined) return named;
    }
    return this.output.finishReason;
  }

  get decision(): DecisionFacts {
    return readDecision(this.reader, this.span.events);
  }

  get timeToFirstTokenSeconds(): number | null {
    if (!this.reader.plan.firstToken) return null;
    const whole = secondsOf(this.span);
    for (const source of FIRST_TOKEN_SOURCES) {
      const waits =
        'clock' in source ? clockWaits(this.reader.value(source.key), this.span) : waitsIn(this.reader, source);
      const fitting = waits.find((seconds) => seconds >= 0 && seconds <= whole);
      if (fitting !== undefined) return fitting;
    }
    return null;
  }

  private get isCached(): boolean {
    if (this.text('cacheHit') !== null) return this.reader.fieldFlag('cacheHit');
    if (this.text('cacheKey') !== null) return true;
    return this.vocabulary.namesProviderWhenAsked === true && this.provider === null && this.responseId !== null;
  }

  private get failed(): boolean {
    return !['OK', 'CACHED'].includes(this.status.status);
  }

  private countTokens(): Tokens {
    const [input, output] = [this.count('inputTokens'), this.count('outputTokens')];
    if (input === 0 && output === 0 && this.failed) return NO_TOKENS;
    const cachedInput = this.count('cachedInputTokens');
    const excludes = this.vocabulary.inputExcludesCached === true;
    const all = withCached({ input, read: cachedInput, written: this.count('cacheWriteTokens'), excludes });
    const total = this.count('totalTokens') ?? sum(all, output);
    return { input: all, output, total, cachedInput, reasoning: this.count('reasoningTokens') };
  }

  private text(name: FieldName): string | null {
    return this.reader.fieldText(name, this.dialect);
  }

  private count(name: FieldName): number | null {
    return this.reader.fieldCount(name, this.dialect);
  }

  private amount(name: FieldName): number | null {
    return this.reader.fieldAmount(name, this.dialect);
  }
}

/** Duration in seconds, to the microsecond, below which clocks of spans tell nothing. */
export function secondsOf(span: NormalSpan): number {
  return Math.round(Number(span.endUnixNano - span.startUnixNano) / 1000) / 1e6;
}

/**
 * Input includes what was read from the cache, by OpenTelemetry's convention. An emitter that reports more cached
 * than input tokens left them out (Anthropic's own count does), so there they are added, once.
 */
function withCached(counts: {
  input: number | null;
  read: number | null;
  written: number | null;
  excludes: boolean;
}): number | null {
  const { input, read, written, excludes } = counts;
  const left = excludes || (read !== null && input !== null && read > input);
  return input !== null && left ? input + (read ?? 0) + (written ?? 0) : input;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** A reason comes as text, as an array or as JSON of one; several choices give the first. */
function firstReason(value: unknown): string | undefined {
  const structure = toStructure(value);
  const choices: unknown[] = Array.isArray(structure) ? structure : [value];
  const [first] = choices;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** Strands writes milliseconds under a name that OpenTelemetry defines in seconds; only one of the two can fit. */
function waitsIn(reader: AttributeReader, { key, seconds }: { key: string; seconds: number }): number[] {
  const value = reader.amount(key);
  return value === undefined ? [] : [toMicroseconds(value * seconds), toMicroseconds(value * seconds * 0.001)];
}

/** Epoch seconds, or ISO 8601. A call that was not streamed has its end here, which tells nothing. */
function clockWaits(value: unknown, span: NormalSpan): number[] {
  const start = Number(span.startUnixNano) / 1e9;
  const at = typeof value === 'string' ? Date.parse(value.replaceAll('"', '')) / 1000 : value;
  if (typeof at !== 'number' || !Number.isFinite(at) || at >= Number(span.endUnixNano) / 1e9) return [];
  return [toMicroseconds(at - start)];
}

function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

function inNanoseconds(span: NormalSpan): NormalSpan {
  if (span.startUnixNano >= SECONDS_BELOW || span.endUnixNano >= SECONDS_BELOW) return span;
  return {
    ...span,
    startUnixNano: span.startUnixNano * NANOS_PER_SECOND,
    endUnixNano: span.endUnixNano * NANOS_PER_SECOND,
  };
}
