import { Injectable } from '@nestjs/common';
import { SignalboxError, type Result } from '@signalbox/contracts';
import { parseExactJson, parseOtlp, parseOtlpLogs, parseOtlpTraces, type ParsedSpans } from '@signalbox/spans';
import { SourceRepository } from '../sources/source.repository.js';
import { TraceSourceKind } from '../sources/source.type.js';
import { ReceivedRepository } from './received.repository.js';

export type OtlpSignal = 'traces' | 'logs';
export type OtlpEncoding = 'protobuf' | 'json';

export interface Received {
  /** Spans or records that were refused; the others are stored. */
  rejected: number;
  /** Why the first of them was. */
  message: string;
}

@Injectable()
export class ReceiverService {
  constructor(
    private readonly sources: SourceRepository,
    private readonly received: ReceivedRepository,
  ) {}

  /**
   * Stores what one request brings; when this returns it is in PostgreSQL.
   * @param sourceName of an OTLP source; null when there is but one
   * @throws SignalboxError NOT_FOUND, INVALID_INPUT (which source?), FORMAT_BROKEN or FORMAT_UNKNOWN
   */
  async receive(
    signal: OtlpSignal,
    encoding: OtlpEncoding,
    body: Uint8Array,
    sourceName: string | null,
  ): Promise<Received> {
    const sourceId = await this.sourceOf(sourceName);
    const parsed = parse(signal, encoding, body);
    if (!parsed.ok) throw new SignalboxError(parsed.error.code, parsed.error.hint);
    const { spans, logs = [], rejected } = parsed.value;
    const records = logs.filter(({ traceId, spanId }) => traceId !== null && spanId !== null);
    await this.received.store(sourceId, spans, records);
    const [first] = rejected;
    const astray = logs.length - records.length;
    return {
      rejected: rejected.length + astray,
      message: first
        ? `${first.path}: ${first.hint}`
        : astray > 0
          ? 'Log records that name no span hold no part of a call.'
          : '',
    };
  }

  private async sourceOf(name: string | null): Promise<string> {
    const [source, another] = await this.sources.ofKind(TraceSourceKind.OTLP, name);
    if (source === undefined) {
      throw new SignalboxError(
        'NOT_FOUND',
        name === null ? 'There is no OTLP source.' : `There is no OTLP source named "${name}".`,
        'Make one by createTraceSource with kind OTLP.',
      );
    }
    if (another !== undefined) {
      throw new SignalboxError(
        'INVALID_INPUT',
        'There are several OTLP sources.',
        'Name one in the header x-signalbox-source.',
      );
    }
    return source.id;
  }
}

function parse(signal: OtlpSignal, encoding: OtlpEncoding, body: Uint8Array): Result<ParsedSpans> {
  if (encoding === 'protobuf') return signal === 'traces' ? parseOtlpTraces(body) : parseOtlpLogs(body);
  let json: unknown;
  try {
    json = parseExactJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, error: { code: 'FORMAT_BROKEN', path: '', hint: 'The body is not valid JSON.' } };
  }
  return parseOtlp(json);
}
