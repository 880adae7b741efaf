/**
 * Every code a user can meet, with the step that gets them on. `docs/errors.md` is generated from this list.
 * A code is added here and nowhere else, and a test reaches it.
 */
export const ERROR_CODES = {
  INVALID_INPUT: 'Correct the field that the message names and call again.',
  ADDRESS_REFUSED:
    'Give an address that may be called, or have the operator add its range to OUTBOUND_ALLOW (e.g. 10.0.0.0/8, or private for all of them).',
  AWS_ROLE_REFUSED:
    'Give the source credentials of its own, or have the operator add what it reads to AWS_ROLE_ALLOW of ingest (e.g. s3://bucket/prefix, xray, logs:aws/spans).',
  NOT_FOUND: 'Check the id or name; list what exists with the plural query.',
  CONFLICT: 'Read the current state and repeat the call on it.',
  IDEMPOTENCY_CONFLICT: 'This idempotencyKey was used with other input. Use a new key.',
  DEPENDENCY_UNAVAILABLE: 'Start the named service, or wait until it is back; the rest of the answer is valid.',
  ENVIRONMENT_INVALID: 'Set the variables that the message lists, as .env.example shows them, and start again.',
  PORT_TAKEN: 'Stop the program that listens on the port, or set another one: PORT, or INGEST_PORT and its like.',
  DATA_FOLDER_UNWRITABLE:
    'Make the folder writable for this user and make room in it, or name another one by SIGNALBOX_DATA or OBJECT_STORE_URL.',
  DATABASE_UNREACHABLE:
    'Check DATABASE_URL, or INGEST_DATABASE_URL and its like, and that PostgreSQL accepts connections from here.',
  DATABASE_REFUSED: 'Check the user, password and database in DATABASE_URL, or in INGEST_DATABASE_URL and its like.',
  QUEUE_UNREACHABLE: 'Check QUEUE_URL, and that PostgreSQL or Redis accepts connections from here.',
  QUEUE_UNSUITABLE: 'Set maxmemory-policy noeviction on this Redis, or use another one for the queue.',
  EMBEDDED_POSTGRES_FAILED: 'Read the log that the message names, or set DATABASE_URL to a PostgreSQL of your own.',
  USER_NAMESPACES_REFUSED:
    'Embedded PostgreSQL cannot run as root here. Set DATABASE_URL, start as an ordinary user, or allow user namespaces.',
  RUNTIME_TOO_OLD: 'Install Node.js 22.15 or newer, or run on Linux x64, where the lock file brings Node 24.',
  SOURCE_UNREACHABLE: 'Check the endpoint of the trace source, and that it answers from this machine.',
  SOURCE_NOT_JSON: 'The endpoint answered something other than JSON. Point the source at the query API, not at its UI.',
  SOURCE_REFUSED: 'The trace backend refused the request. Check credentials, tenant and its limits.',
  SOURCE_TRACE_PARTIAL:
    'The backend cut traces for their size, or lost spans of them. Raise its limit on the size of a trace, or send OTLP.',
  SOURCE_WINDOW_FULL: 'More traces start within the smallest window than the backend returns. Raise its search limit.',
  FORMAT_UNKNOWN: 'The file is in none of the formats that are read. Export it as Jaeger JSON or as OTLP JSON.',
  FORMAT_BROKEN:
    'Export the file again, whole: one JSON document, or one a line. The message says what is wrong with it.',
  OUTCOME_MATRIX_BROKEN:
    'Correct the line named, or remove it. Each line is one JSON object, as docs/formats.md shows.',
  ROUTING_DATA_BROKEN:
    'Correct the lines named, or leave them out with --skip-broken. Each line is one JSON object, as docs/formats.md shows.',
  TOO_FEW_PROMPTS:
    'Read more traces, label more calls or replay more prompts; add rows to an outcome matrix. The message says how many are needed.',
  TOO_FEW_LABELS: 'Label more calls with labelCalls or submitFeedback; the message says how many are missing.',
  NO_CALLS: 'No LLM call was found. Widen the time window, or check the service name and that content is recorded.',
  NO_CANDIDATES:
    'Name at least two candidates that are available and answered calls, by the names that traces use or with those as aliases.',
  JUDGE_UNREACHABLE:
    'Check the base URL and the credentials of the judge, then label again; what was labelled is kept.',
  JUDGE_UNPARSEABLE: 'The judge did not answer in the schema. The answer counts as no label; use a model that can.',
  JUDGE_REFUSED: 'An answer that the judge declines has no label. Score it by another judge, or by submitHumanLabel.',
  BUDGET_EXHAUSTED: 'Raise the budget and run again; what was done is kept.',
  EMBEDDER_UNREACHABLE:
    'Check EMBEDDER_URL and EMBEDDER_API_KEY, and that the embedding server answers from this machine; then go on. What was embedded is kept.',
  EMBEDDER_REFUSED:
    'The embedding server turned the texts down. Check EMBEDDER_API_KEY, EMBEDDER_MODEL, EMBEDDER_DIMENSIONS and EMBEDDER_CHUNK_BYTES against what it serves.',
  EMBEDDER_ANSWER_INVALID:
    'The embedding server answered with something else than one vector for each text. Check EMBEDDER_URL and EMBEDDER_MODEL; nothing of that answer was kept.',
  EMBEDDER_CHANGED:
    'Another model answers at EMBEDDER_URL than when this process started. Bring the old one back, or restart every service: texts are then embedded again, in a space of their own.',
  EMBEDDER_FOLDER_INVALID:
    'Correct EMBEDDER_FOLDER, or what is in it: model.onnx, tokenizer.json and config.json of one sentence model, as docs/embeddings.md shows.',
  REPLAY_NO_ENDPOINT: 'Give replayCalls the endpoint of a server that speaks the OpenAI chat API.',
  REPLAY_UNREACHABLE:
    'Check the endpoint of the replay, and that it answers from this machine; then run the replay again.',
  CANDIDATE_FAILED: 'The candidate answered with an error. The cell has no outcome; run the replay again.',
  OFF_POLICY_UNSUPPORTED:
    'The logs hold too few calls like the router would make. Replay prompts, or log with exploration and propensities.',
  NO_PROPENSITIES: 'The serving policy must put signalbox.router.propensity on its spans; see docs/honest-learning.md.',
  ORACLE_UNAVAILABLE: 'The oracle needs replayed prompts. Run replayCalls.',
  GATE_REFUSED: 'See the checks that failed. Replay more prompts, or promote with an override and a reason.',
  ARTIFACT_CORRUPT:
    'Stored bytes are not those that were written. Restore the file that the message names, promote another version, or train again on a new dataset; a version that is loaded keeps deciding.',
  ARTIFACT_INVALID:
    'This release does not read what the message names. Train again with this release, or promote a version that it reads.',
  NO_CANDIDATE_ALLOWED: 'Every candidate is masked. Allow at least one of the candidates of the router.',
  STAGE_FAILED: 'Read the message, correct what it names, and go on where the retrain stood with resumeRetrain.',
  INTERNAL: 'This is a fault of Signalbox. Report it with the request id from the log.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);

/** A failure that a person can act on. At GraphQL it becomes an error with `extensions.code`; in the CLI, an exit code. */
export class SignalboxError extends Error {
  readonly nextStep: string;
  constructor(
    readonly code: ErrorCode,
    message: string,
    nextStep?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'SignalboxError';
    this.nextStep = nextStep ?? ERROR_CODES[code];
  }
}
