import { describe, expect, it } from '@jest/globals';
import { parseXray } from '../formats/xray.js';
import type { Attributes } from '../normal-span.js';
import { extractCalls } from './extract-calls.js';

/** As the collector's exporter for X-Ray indexes attributes: scalars alone, with an underscore for every other sign. */
function throughXray(attributes: Attributes) {
  const annotations = Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => typeof value !== 'object')
      .map(([key, value]) => [key.replace(/[^0-9A-Za-z]/g, '_'), value]),
  );
  const document = {
    id: '0000000000000001',
    trace_id: '1-6553f100-0000000000000000000000ab',
    name: 'call',
    start_time: 1_700_000_000,
    end_time: 1_700_000_002,
    annotations,
  };
  const parsed = parseXray({
    Traces: [{ Id: document.trace_id, Segments: [{ Id: document.id, Document: JSON.stringify(document) }] }],
  });
  if (!parsed.ok) throw new Error(parsed.error.hint);
  return extractCalls(parsed.value.spans).calls;
}

const messages = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);
const answered = { query: 'Hi there', response: 'Ho', inputTokens: 8, outputTokens: 2, status: 'OK' };

describe('a span whose keys X-Ray spells with underscores', () => {
  it.each<[string, Attributes]>([
    [
      'otel-genai',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'm',
        'gen_ai.input.messages': messages('user', 'Hi there'),
        'gen_ai.output.messages': messages('assistant', 'Ho'),
        'gen_ai.usage.input_tokens': 8,
        'gen_ai.usage.output_tokens': 2,
      },
    ],
    [
      'openllmetry',
      {
        'llm.request.type': 'chat',
        'gen_ai.request.model': 'm',
        'gen_ai.prompt.0.role': 'system',
        'gen_ai.prompt.0.content': 'Be brief.',
        'gen_ai.prompt.1.role': 'user',
        'gen_ai.prompt.1.content': 'Hi there',
        'gen_ai.completion.0.content': 'Ho',
        'gen_ai.usage.prompt_tokens': 8,
        'gen_ai.usage.completion_tokens': 2,
      },
    ],
    [
      'openinference',
      {
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'm',
        'llm.input_messages.0.message.role': 'user',
        'llm.input_messages.0.message.contents.0.message_content.type': 'text',
        'llm.input_messages.0.message.contents.0.message_content.text': 'Hi there',
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.content': 'Ho',
        'llm.token_count.prompt': 8,
        'llm.token_count.completion': 2,
      },
    ],
    [
      'vercel-ai',
      {
        'ai.operationId': 'ai.generateText.doGenerate',
        'ai.model.id': 'm',
        'ai.prompt.messages': '[{"role":"user","content":"Hi there"}]',
        'ai.response.text': 'Ho',
        'ai.usage.inputTokens': 8,
        'ai.usage.outputTokens': 2,
      },
    ],
    [
      'mlflow',
      {
        'mlflow.spanType': '"LLM"',
        'mlflow.llm.model': '"m"',
        'mlflow.spanInputs': '{"messages":[{"role":"user","content":"Hi there"}]}',
        'mlflow.spanOutputs': '"Ho"',
        'mlflow.chat.tokenUsage': '{"input_tokens":8,"output_tokens":2}',
      },
    ],
    [
      'langfuse',
      {
        'langfuse.observation.type': 'generation',
        'langfuse.observation.model.name': 'm',
        'langfuse.observation.input': '[{"role":"user","content":"Hi there"}]',
        'langfuse.observation.output': 'Ho',
        'langfuse.observation.usage_details': '{"input":8,"output":2}',
      },
    ],
    [
      'seed',
      {
        'gen_ai.prompt': 'Hi there',
        'gen_ai.completion': 'Ho',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.prompt_tokens': 8,
        'gen_ai.usage.completion_tokens': 2,
      },
    ],
  ])('gives the call that %s wrote', (dialect, attributes) => {
    expect(throughXray(attributes)).toMatchObject([{ ...answered, dialect, requestModel: 'm' }]);
  });

  it('gives tool calls', () => {
    const calls = throughXray({
      'llm.request.type': 'chat',
      'gen_ai.completion.0.finish_reason': 'tool_calls',
      'gen_ai.completion.0.tool_calls.0.id': 'c1',
      'gen_ai.completion.0.tool_calls.0.name': 'weather',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"city":"Oslo"}',
    });
    expect(calls).toMatchObject([{ toolCalls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' }] }]);
  });
});
