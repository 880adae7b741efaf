import { AWS_ADOT } from './aws-adot.js';
import { CLAUDE_CODE } from './claude-code.js';
import type { Dialect, FieldName } from './dialect.js';
import { GOOGLE_ADK } from './google-adk.js';
import { LANGFUSE } from './langfuse.js';
import { LITELLM_A } from './litellm-a.js';
import { LITELLM_B_EXPERIMENTAL } from './litellm-b-experimental.js';
import { LITELLM_B } from './litellm-b.js';
import { LITELLM_C } from './litellm-c.js';
import { LITELLM_PAYLOAD } from './litellm-payload.js';
import { LITELLM_RAW } from './litellm-raw.js';
import { LITELLM_TRACELOOP } from './litellm-traceloop.js';
import { MLFLOW } from './mlflow.js';
import { OPENINFERENCE } from './openinference.js';
import { OPENLIT } from './openlit.js';
import { OPENLLMETRY } from './openllmetry.js';
import { OTEL_GENAI_DEPRECATED } from './otel-genai-deprecated.js';
import { OTEL_GENAI } from './otel-genai.js';
import { PYDANTIC_AI } from './pydantic-ai.js';
import { ROUTEIQ } from './routeiq.js';
import { SEED } from './seed.js';
import { STRANDS } from './strands.js';
import { VERCEL_AI } from './vercel-ai.js';

/** Whose word counts first where a span speaks several dialects, unless {@link FIELD_PRECEDENCE} says otherwise. */
export const DIALECTS: readonly Dialect[] = [
  OTEL_GENAI,
  OTEL_GENAI_DEPRECATED,
  OPENLLMETRY,
  SEED,
  OPENINFERENCE,
  VERCEL_AI,
  MLFLOW,
  LANGFUSE,
  LITELLM_C,
  LITELLM_B_EXPERIMENTAL,
  LITELLM_B,
  LITELLM_A,
  LITELLM_TRACELOOP,
  LITELLM_PAYLOAD,
  PYDANTIC_AI,
  GOOGLE_ADK,
  STRANDS,
  OPENLIT,
  ROUTEIQ,
  CLAUDE_CODE,
  LITELLM_RAW,
  AWS_ADOT,
];

/** Fields whose order differs: these first, then the others as above. */
export const FIELD_PRECEDENCE: Partial<Record<FieldName, readonly Dialect[]>> = {
  inputTokens: [OTEL_GENAI, OTEL_GENAI_DEPRECATED, OPENINFERENCE, VERCEL_AI, MLFLOW, LANGFUSE],
  outputTokens: [OTEL_GENAI, OTEL_GENAI_DEPRECATED, OPENINFERENCE, VERCEL_AI, MLFLOW, LANGFUSE],
  costUsd: [LITELLM_C, OPENLIT, LITELLM_B, OPENINFERENCE, LANGFUSE, MLFLOW, ROUTEIQ],
  sessionId: [OTEL_GENAI, LANGFUSE, OPENLLMETRY, VERCEL_AI, MLFLOW, GOOGLE_ADK],
  userId: [OTEL_GENAI, LANGFUSE, LITELLM_C, LITELLM_A, OTEL_GENAI_DEPRECATED, VERCEL_AI],
  requestId: [LITELLM_C, LITELLM_B],
  finishReason: [OTEL_GENAI, OPENLLMETRY],
};

/** The order of whole documents that hold messages: these first, then the others as above. */
export const DOCUMENT_PRECEDENCE: readonly Dialect[] = [OPENINFERENCE];

/** Which dialect a span is said to speak: the first that a sign tells. Those that copy others' names come first. */
export const TOLD_FIRST: readonly Dialect[] = [
  LITELLM_PAYLOAD,
  LITELLM_RAW,
  LITELLM_C,
  LITELLM_B_EXPERIMENTAL,
  LITELLM_B,
  LITELLM_A,
  LITELLM_TRACELOOP,
  CLAUDE_CODE,
  OPENINFERENCE,
  GOOGLE_ADK,
  STRANDS,
  PYDANTIC_AI,
  VERCEL_AI,
  MLFLOW,
  OPENLIT,
  OPENLLMETRY,
  LANGFUSE,
  OTEL_GENAI,
  SEED,
  AWS_ADOT,
  OTEL_GENAI_DEPRECATED,
];

/** What a span is: the first whose table knows its value. */
export const KIND_PRECEDENCE: readonly Dialect[] = [
  LITELLM_C,
  OTEL_GENAI,
  OPENINFERENCE,
  PYDANTIC_AI,
  LANGFUSE,
  VERCEL_AI,
  MLFLOW,
  OPENLLMETRY,
  CLAUDE_CODE,
  AWS_ADOT,
  LITELLM_A,
];
