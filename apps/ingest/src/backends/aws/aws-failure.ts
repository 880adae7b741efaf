import { SignalboxError } from '@signalbox/contracts';
import { refusalIn } from '@signalbox/outbound';

const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|RequestLimit/;
const NO_CREDENTIALS = 'CredentialsProviderError';
const WORDS = 300;

/** What to do about AWS's own error names; of other refusals the code's own next step is told. */
const NEXT_STEPS: readonly [name: RegExp, step: (operation: string) => string][] = [
  [/^AccessDenied/, (operation) => `Allow ${operation} to the credentials of the source; docs/sources.md lists all.`],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|ExpiredToken|MissingAuthentication|IncompleteSignature)/,
    () => 'Check the access key, its secret and the clock of this machine.',
  ],
  [/^NoSuchBucket/, () => 'Check the bucket in path, and the region.'],
  [/^ResourceNotFound/, () => 'Check the names of the log groups in path, and the region.'],
];

/**
 * A failure of the SDK as the walk and the user know it: what was refused for itself, so that a narrower window may pass, or what
 * could not be reached now. The message has AWS's name of the error and never a credential.
 *
 * @param operation as IAM names the permission, e.g. `xray:GetTraceSummaries`
 */
export function sourceFailure(operation: string, cause: unknown): SignalboxError {
  const refused = refusalIn(cause);
  if (refused) return refused;
  if (cause instanceof SignalboxError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const what = `${operation}: ${error.name}: ${error.message.slice(0, WORDS)}`;
  if (error.name === NO_CREDENTIALS) {
    const step = 'Give the source credentials, or the process a role or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
    return new SignalboxError('SOURCE_REFUSED', what, step, { cause });
  }
  const status = statusOf(error);
  if (error.name === 'SyntaxError' && status === 200)
    return new SignalboxError('SOURCE_NOT_JSON', `${operation} was answered with what is no JSON.`, undefined, {
      cause,
    });
  if (status === null || status >= 500 || status === 429 || THROTTLED.test(error.name))
    return new SignalboxError('SOURCE_UNREACHABLE', what, undefined, { cause });
  const step = NEXT_STEPS.find(([name]) => name.test(error.name))?.[1](operation);
  return new SignalboxError('SOURCE_REFUSED', what, step, { cause });
}

/** The SDK hangs the answer's status on its errors; one that has none never got an answer. */
function statusOf(error: Error): number | null {
  const metadata = '$metadata' in error ? error.$metadata : null;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

/** The answer lacks what AWS's API always gives. */
export function notAws(operation: string, lacks: string): SignalboxError {
  return new SignalboxError('SOURCE_REFUSED', `${operation} was answered without ${lacks}, not as AWS answers.`);
}
