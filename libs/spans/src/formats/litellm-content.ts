import { isObject, member, memberAt } from '../json.js';
import type { Attributes } from '../normal-span.js';
import { readPlainValue } from './attribute-values.js';

/** Parameters of the request, as OpenTelemetry names them. */
const PARAMETERS: readonly [name: string, key: string][] = [
  ['user', 'llm.user'],
  ['temperature', 'gen_ai.request.temperature'],
  ['top_p', 'gen_ai.request.top_p'],
  ['max_tokens', 'gen_ai.request.max_tokens'],
];

/** What was asked and what was answered, in LiteLLM's payload. */
export function readLitellmContent(payload: Record<string, unknown>, attributes: Attributes): void {
  const messages = member(payload, 'messages');
  if (messages !== undefined && messages !== null) {
    attributes[typeof messages === 'string' ? 'gen_ai.prompt' : 'gen_ai.input.messages'] = readPlainValue(
      messages,
      '.messages',
    );
  }
  const parameters = member(payload, 'model_parameters');
  for (const [name, key] of PARAMETERS) {
    const value = memberAt(parameters, [name]);
    if (typeof value === 'string' || typeof value === 'number') attributes[key] = value;
  }
  const tools = memberAt(parameters, ['tools']);
  if (Array.isArray(tools)) attributes['gen_ai.tool.definitions'] = readPlainValue(tools, '.model_parameters.tools');
  readAnswer(member(payload, 'response'), attributes);
}

function readAnswer(response: unknown, attributes: Attributes): void {
  if (typeof response === 'string') {
    attributes['gen_ai.completion'] = response;
    return;
  }
  if (!isObject(response)) return;
  const [id, model] = [member(response, 'id'), member(response, 'model')];
  if (typeof id === 'string') attributes['gen_ai.response.id'] = id;
  if (typeof model === 'string' && model !== '') attributes['gen_ai.response.model'] = model;
  const choices = member(response, 'choices');
  const answer = Array.isArray(choices) ? choices.map(asMessage) : otherAnswer(response);
  if (Array.isArray(answer) && answer.length > 0) {
    attributes['gen_ai.output.messages'] = readPlainValue(answer, '.response');
  }
  const reasons = Array.isArray(choices) ? choices.map((choice) => memberAt(choice, ['finish_reason'])) : [];
  const told = reasons.filter((reason) => typeof reason === 'string');
  if (told.length > 0) attributes['gen_ai.response.finish_reasons'] = told;
}

/** A choice of the text completion API has its text beside the reason. */
function asMessage(choice: unknown): unknown {
  const text = memberAt(choice, ['text']);
  if (typeof text !== 'string') return choice;
  return { role: 'assistant', content: text, finish_reason: memberAt(choice, ['finish_reason']) ?? null };
}

/** Items of the responses API, or the one message that Anthropic's answers are. */
function otherAnswer(response: Record<string, unknown>): unknown {
  const output = member(response, 'output');
  if (Array.isArray(output)) return output;
  return Array.isArray(member(response, 'content'))
    ? [{ role: 'assistant', content: member(response, 'content') }]
    : [];
}
