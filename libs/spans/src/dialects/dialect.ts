import type { SpanRole } from './skip-reasons.js';

/**
 * Facts that one value of a span tells. What a call sends and answers is in messages. A `cacheKey` is there where the
 * cache answered; a `modelAlias` is the name that a gateway's callers use, which it also gives as the response's model,
 * and a `deployedModel` is the model behind that name.
 */
export const FIELD_NAMES = [
  'requestModel',
  'responseModel',
  'provider',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'costUsd',
  'inputCostUsd',
  'outputCostUsd',
  'sessionId',
  'userId',
  'requestId',
  'responseId',
  'finishReason',
  'cacheHit',
  'cacheKey',
  'modelAlias',
  'deployedModel',
  'errorType',
  'errorMessage',
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/**
 * Where each field lies, in order of precedence. `key#a.b` reads member a.b of the JSON (or Python repr) that
 * attribute `key` holds.
 */
export type Fields = Partial<Record<FieldName, readonly string[]>>;

/** What a span is by one attribute. */
export interface KindTable {
  key: string;
  /** By its value, compared in lower case. A value that is not listed decides nothing. */
  kinds?: Readonly<Record<string, SpanRole>>;
  /** By what its value matches. */
  matching?: readonly { pattern: RegExp; kind: SpanRole }[];
  /** By its being there, or a key that begins with it and a dot being there, with any value. */
  any?: SpanRole;
}

/** What a span is by its name, when no attribute tells. */
export interface NameRule {
  name: string;
  /** Only spans of this instrumentation scope. */
  scope?: string;
  /** Only spans that have this attribute. */
  having?: string;
  kind: SpanRole;
}

/** Tells that a span speaks a dialect: every part that is given holds. */
export interface Sign {
  /** The span has any of these names. */
  names?: readonly string[];
  /** The scope's name begins with one of these. */
  scopes?: readonly string[];
  /** One of these keys, or a key beginning with one of these and a dot, holds a value. */
  keys?: readonly string[];
}

export type MessageShape =
  /** JSON, a Python repr or native values; refused when they are not messages. */
  | 'messages'
  /** The same, else the text itself. */
  | 'messages-or-text'
  /** The same, of an emitter that writes text as JSON, in quotes. */
  | 'messages-or-quoted'
  /** The same, or text whose turns begin with a role: `user: Hello`. */
  | 'messages-or-transcript'
  /** A list of events as JSON: `{"event.name": "gen_ai.user.message", "content": "Hello"}`. */
  | 'event-list'
  /** `key.N.role`, `key.N.content`, `key.N.tool_calls.M.name` and the like. */
  | 'indexed';

interface AttributeMessages {
  /** `key#path` as in {@link Fields}. */
  key: string;
  shape: MessageShape;
  /** Where the system prompt lies that goes before these messages. */
  system?: string;
  /** Where the tool calls lie that go with this answer. */
  toolCalls?: string;
}

export type EventShape =
  /** One event with the attributes (or the body) `gen_ai.input.messages` and `gen_ai.output.messages`. */
  | 'details'
  /** One event for each message: `gen_ai.user.message`, `gen_ai.choice`. */
  | 'each'
  /** One event for each side: `gen_ai.content.prompt`, `gen_ai.content.completion`. */
  | 'content'
  /** A log record whose body is `{input: {messages}, output: {messages}}`. */
  | 'body';

export interface EventMessages {
  events: EventShape;
}

export type MessageSource = AttributeMessages | EventMessages;

/** When the first token came: after how many seconds (one unit of the key is worth `seconds`), or at which time. */
export type FirstTokenSource = { key: string; seconds: number } | { key: string; clock: true };

/** What one emitter writes. Data only: how tables combine is in precedence.ts, how values are read in ../calls. */
export interface Dialect {
  name: string;
  /** Any of these tells the dialect. */
  signs?: readonly Sign[];
  kinds?: readonly KindTable[];
  /** Decide before the `kinds` of every dialect. */
  firstKinds?: readonly KindTable[];
  /** Decide after the `kinds` of every dialect. */
  lastKinds?: readonly KindTable[];
  names?: readonly NameRule[];
  fields?: Fields;
  /** Read after the `fields` of every dialect. */
  fallbacks?: Fields;
  /** Read last, and only on spans of this dialect: the keys mean something else elsewhere. */
  own?: Fields;
  firstToken?: readonly FirstTokenSource[];
  input?: readonly MessageSource[];
  output?: readonly MessageSource[];
  /** Read after the `input` of every dialect: whole documents, in which messages are one part. */
  inputFallbacks?: readonly MessageSource[];
  outputFallbacks?: readonly MessageSource[];
  /** Input tokens never include what was read from the cache or written to it. */
  inputExcludesCached?: true;
  /** Times are whole seconds where nanoseconds belong. */
  timesInSeconds?: true;
  /** The provider is named once a call goes to it; an answer without one came from the cache. */
  namesProviderWhenAsked?: true;
}
