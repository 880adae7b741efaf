import { LITELLM_RAW_SPAN_NAME } from '../dialects/litellm.js';
import type { NormalSpan } from '../normal-span.js';

const RAW_KEY = /^llm\.[^.]+\.(.+)$/;
/** Of what every request or answer holds; a caller's generation_name replaces also this span's name. */
const TELLING = /^llm\.[^.]+\.(?:messages|contents|input|prompt|choices|stringified_raw_response)$/;

/** True for LiteLLM's copy of a provider's request and response. */
export function isRawCopy({ name, scopeName, attributes }: NormalSpan): boolean {
  if (name === LITELLM_RAW_SPAN_NAME) return true;
  if (scopeName !== 'litellm' || Object.hasOwn(attributes, 'gen_ai.request.model')) return false;
  return Object.keys(attributes).some((key) => TELLING.test(key));
}

/** By which name the tables know `llm.<provider>.*` of such a copy. */
export function rawAlias(key: string): string | undefined {
  const rest = RAW_KEY.exec(key)?.[1];
  return rest === undefined ? undefined : `litellm.raw.${rest}`;
}
