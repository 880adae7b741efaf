import type { CallStatusName } from '@signalbox/contracts';
import type { NormalSpan } from '../normal-span.js';
import { member } from '../json.js';
import type { AttributeReader } from './attribute-reader.js';

export interface StatusFacts {
  status: CallStatusName;
  errorType: string | null;
}

/** What the attributes and the answer tell of how a call ended. */
export interface Ending {
  dialect: string;
  refused: boolean;
  finishReason: string | null;
  cached: boolean;
}

/** What an error is, told by its type or message. The first that matches decides. */
const ERROR_STATUSES: readonly [CallStatusName, RegExp][] = [
  ['TIMEOUT', /time.?d?.?out|deadline.?exceeded|^(?:408|504)$/i],
  ['CANCELLED', /cancel+ed|cancellation|client.?disconnect|abort(?:ed|error)|^499$/i],
  ['REFUSED', /content.?(?:policy|filter)|refus(?:al|ed to)|safety|guardrail/i],
];
/** Types that say no more than that something failed; the message may say what. */
const GENERIC_TYPE = /^(?:_OTHER|(?:.*\.)?(?:Base)?(?:Exception|Error|APIError)|[45]00)$/;
const EXCEPTION_EVENTS = new Set(['exception', 'gen_ai.client.operation.exception']);
const REFUSAL_REASONS = new Set([
  'content_filter',
  'refusal',
  'safety',
  'prohibited_content',
  'blocklist',
  'recitation',
]);

/** How a call ended. UNSET is success, as OpenTelemetry defines it, unless the span names an error type. */
export function readStatus(
  span: NormalSpan,
  reader: AttributeReader,
  { dialect, refused, finishReason, cached }: Ending,
): StatusFacts {
  const named = reader.fieldText('errorType', dialect);
  if (span.status.code === 'ERROR' || (named !== null && span.status.code === 'UNSET')) {
    const exception = span.events.findLast(({ name }) => EXCEPTION_EVENTS.has(name))?.attributes;
    const errorType = named ?? (exception === undefined ? null : textAt(exception, 'exception.type'));
    const message = reader.fieldText('errorMessage', dialect);
    const described = [span.status.message, message, exception && textAt(exception, 'exception.message')];
    const told = errorType === null || GENERIC_TYPE.test(errorType) ? described : [errorType];
    const words = told.filter((text) => typeof text === 'string');
    const match = ERROR_STATUSES.find(([, pattern]) => words.some((text) => pattern.test(text)));
    return { status: match?.[0] ?? 'ERROR', errorType };
  }
  const reason = finishReason?.toLowerCase() ?? '';
  if (refused || REFUSAL_REASONS.has(reason)) return { status: 'REFUSED', errorType: null };
  return { status: cached ? 'CACHED' : 'OK', errorType: null };
}

function textAt(attributes: Record<string, unknown>, key: string): string | null {
  const value = member(attributes, key);
  return typeof value === 'string' && value !== '' ? value : null;
}
