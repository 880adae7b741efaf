import { Controller, Logger, Post, Req, Res } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { databaseErrorCode, databaseIsAway } from '@signalbox/database';
import { Seldom } from '@signalbox/platform';
import { raw, type Request, type Response } from 'express';
import { exportAnswer, statusAnswer, type OtlpAnswer } from './otlp-answer.js';
import { ReceiverService, type OtlpEncoding, type OtlpSignal } from './receiver.service.js';

/** Of a body as it is unpacked, so that a bomb is stopped at the same size. Exporters send a few megabytes at the most. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Bodies in memory at once; the next ones are told to come again. */
const MOST_AT_ONCE = 8;
const RETRY_AFTER_SECONDS = '5';
/** SQLSTATE classes of a full disk, memory or connections, of a stop by an operator, and of a broken disk. */
const OUT_OF_RESOURCES = /^(53|57|58)/;
const readBody = raw({ type: () => true, limit: MOST_BYTES, inflate: true });

/** Codes of gRPC that say the same as an HTTP status. */
const GRPC_CODES: Readonly<Record<number, number>> = { 400: 3, 404: 5, 413: 8, 415: 3, 500: 13, 503: 14 };
const EXPECTED: Readonly<Record<string, number>> = { NOT_FOUND: 404, INVALID_INPUT: 400 };

/** OTLP over HTTP, protobuf and JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
@Controller('v1')
export class OtlpController {
  private readonly log = new Logger('receiver');
  private readonly outages = new Seldom();
  private underWay = 0;

  constructor(private readonly receiver: ReceiverService) {}

  @Post('traces')
  traces(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.receive('traces', request, response);
  }

  @Post('logs')
  logs(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.receive('logs', request, response);
  }

  private async receive(signal: OtlpSignal, request: Request, response: Response): Promise<void> {
    const encoding = encodingOf(request);
    if (encoding === null) {
      refuse(response, 415, statusAnswer('json', 3, 'Send application/x-protobuf or application/json.'));
      return;
    }
    if (this.underWay >= MOST_AT_ONCE) {
      this.later(response, encoding, 'Too many requests are under way.');
      return;
    }
    this.underWay += 1;
    try {
      const body = await bodyOf(request, response);
      if (!Buffer.isBuffer(body)) {
        refuse(response, body.status, statusAnswer(encoding, GRPC_CODES[body.status] ?? 3, body.message));
        return;
      }
      const source = request.header('x-signalbox-source') ?? null;
      const received = await this.receiver.receive(signal, encoding, body, source);
      send(response, 200, exportAnswer(signal, encoding, received));
    } catch (error) {
      this.fail(response, encoding, error);
    } finally {
      this.underWay -= 1;
    }
  }

  private fail(response: Response, encoding: OtlpEncoding, error: unknown): void {
    if (error instanceof SignalboxError) {
      const status = EXPECTED[error.code] ?? 400;
      const message = `${error.code}: ${error.message} ${error.nextStep}`;
      send(response, status, statusAnswer(encoding, GRPC_CODES[status] ?? 3, message));
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    // A fault of ours would meet the same request again and again, and so is not one to come back for.
    if (!databaseIsAway(error) && !OUT_OF_RESOURCES.test(databaseErrorCode(error) ?? '')) {
      this.log.error(`a request failed: ${reason}`);
      send(
        response,
        500,
        statusAnswer(encoding, GRPC_CODES[500] ?? 13, 'The request failed; the log of ingest says why.'),
      );
      return;
    }
    // Nothing of a request is stored that was not acknowledged; its sender keeps it and sends it again.
    this.outages.tell(`a request could not be stored: ${reason}`, (text) => this.log.warn(text));
    this.later(response, encoding, 'What was sent could not be stored now.');
  }

  private later(response: Response, encoding: OtlpEncoding, message: string): void {
    response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    send(response, 503, statusAnswer(encoding, 14, message));
  }
}

function encodingOf(request: Request): OtlpEncoding | null {
  const type = (request.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}

/** The body as it is unpacked, or the status of what is wrong with it. */
function bodyOf(request: Request, response: Response): Promise<Buffer | { status: number; message: string }> {
  return new Promise((resolve) => {
    readBody(request, response, (error: unknown) => {
      if (error === undefined || error === null) {
        resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
        return;
      }
      const status =
        error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 400;
      const messages: Record<number, string> = {
        413: `A request may hold ${MOST_BYTES} bytes, unpacked. Send smaller batches.`,
        415: 'Send the body as it is, or packed by gzip or deflate.',
      };
      resolve({ status, message: messages[status] ?? 'The body could not be read or unpacked.' });
    });
  });
}

/** What is still to come of the body is not waited for. */
function refuse(response: Response, status: number, answer: OtlpAnswer): void {
  response.setHeader('connection', 'close');
  send(response, status, answer);
}

function send(response: Response, status: number, { type, body }: OtlpAnswer): void {
  response.status(status).setHeader('content-type', type);
  response.end(body);
}
