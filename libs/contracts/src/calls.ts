export const CALL_STATUSES = ['OK', 'ERROR', 'TIMEOUT', 'REFUSED', 'CACHED', 'CANCELLED'] as const;
export type CallStatusName = (typeof CALL_STATUSES)[number];

export interface ChatMessage {
  role: string;
  /** Text of the message; null where a turn holds tool calls alone. */
  content: string | null;
  toolCalls?: ToolCall[];
  toolCallId?: string;
}

export interface ToolCall {
  id?: string;
  name: string;
  /** JSON text as the model wrote it. */
  arguments: string;
}

/** One request to one LLM as it was read from traces. Names are those of the GraphQL type `LlmCall`. */
export interface ExtractedCall {
  /** uuid-shaped: start time in milliseconds, then sha256 of (traceId, spanId). Same span, same id. */
  id: string;
  traceId: string;
  spanId: string;
  /** Which vocabulary the span spoke, e.g. `litellm-a`, `seed`, `openllmetry`, `otel-genai`. */
  dialect: string;
  serviceName: string | null;
  /** Start in nanoseconds since the epoch, UTC, as a decimal string (it exceeds 2^53). */
  startedAtUnixNano: string;
  responseTimeSeconds: number;
  timeToFirstTokenSeconds: number | null;
  /** Text of the last user message. */
  query: string | null;
  messages: ChatMessage[] | null;
  response: string | null;
  toolCalls: ToolCall[] | null;
  requestModel: string | null;
  responseModel: string | null;
  provider: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  totalTokens: number | null;
  cachedInputTokens: number | null;
  reasoningTokens: number | null;
  /** As reported on the span; never computed here. */
  costUsd: number | null;
  sessionId: string | null;
  userId: string | null;
  /** The gateway's own id of the request, where the span has one. */
  requestId: string | null;
  status: CallStatusName;
  errorType: string | null;
  finishReason: string | null;
  decisionId: string | null;
  chosenCandidate: string | null;
  propensity: number | null;
  probabilities: Record<string, number> | null;
  available: string[] | null;
  routerVersion: string | null;
  truncated: boolean;
}
