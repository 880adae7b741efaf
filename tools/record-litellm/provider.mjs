import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/** The dated name under which OpenAI answers for the model that the scenarios ask. */
const OPENAI_MODEL = 'gpt-4o-mini-2024-07-18';
const CREATED = 1_760_000_000;

/**
 * A provider on a port of this machine, which answers in the words of OpenAI and of Anthropic what the scenario says
 * whose last message it finds in the request.
 */
export async function startProvider(scenarios, port) {
  const answer = async (request, response) => {
    const say = REPLIES[new URL(request.url, 'http://provider').pathname];
    const body = request.method === 'POST' ? await json(request) : {};
    const scenario = scenarioOf(scenarios, body);
    if (scenario === undefined || say === undefined) return send(response, 404, { error: { message: 'unknown' } });
    const { reply } = scenario;
    // The client gives up first; the answer is never sent.
    if (reply.hangs) return;
    if (reply.httpStatus !== undefined) {
      return send(response, reply.httpStatus, { error: { message: reply.message, type: 'requests', code: 'limit' } });
    }
    if (body.stream === true) return stream(response, scenario, body);
    send(response, 200, say(scenario));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => send(response, 500, { error: { message: String(error) } }));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const REPLIES = {
  '/v1/chat/completions': completion,
  '/v1/responses': response,
  '/v1/messages': message,
  '/v1/embeddings': embedding,
};

function scenarioOf(scenarios, body) {
  const asked = textsIn(body).join('\n');
  return scenarios.find((scenario) => asked.includes(lastText(scenario)));
}

function textsIn(value) {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

/** What tells a scenario from the others: the text that it sends last. */
function lastText({ input, messages }) {
  if (input !== undefined) return input;
  const { content } = messages.findLast(({ role }) => role === 'user');
  return typeof content === 'string' ? content : content.find(({ type }) => type === 'text').text;
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function usageOf({ usage }) {
  const { cache_creation_tokens: _, ...openai } = usage;
  return { ...openai, total_tokens: usage.prompt_tokens + (usage.completion_tokens ?? 0) };
}

function openAiToolCalls({ toolCalls }) {
  return toolCalls?.map(({ id, name, arguments: given }) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }));
}

function completion({ name, reply }) {
  return {
    id: `chatcmpl-${name}`,
    object: 'chat.completion',
    created: CREATED,
    model: reply.model ?? OPENAI_MODEL,
    choices: [reply.content, ...(reply.more ?? [])].map((content, index) => ({
      index,
      message: { role: 'assistant', content, refusal: null, tool_calls: openAiToolCalls(reply) },
      finish_reason: reply.finishReason ?? 'stop',
    })),
    usage: usageOf(reply),
    system_fingerprint: 'fp_scenario',
    service_tier: 'default',
  };
}

function stream(response, { name, reply }, { stream_options: options }) {
  const base = { id: `chatcmpl-${name}`, object: 'chat.completion.chunk', created: CREATED, model: OPENAI_MODEL };
  const deltas = reply.chunks.map((content) => ({ delta: { role: 'assistant', content }, finish_reason: null }));
  const choices = [...deltas, { delta: {}, finish_reason: reply.finishReason ?? 'stop' }];
  const chunks = choices.map((choice) => ({ ...base, choices: [{ index: 0, ...choice }] }));
  if (options?.include_usage) chunks.push({ ...base, choices: [], usage: usageOf(reply) });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
}

/** OpenAI's Responses API. */
function response({ name, reply }) {
  const { usage } = reply;
  return {
    id: `resp_${name}`,
    object: 'response',
    created_at: CREATED,
    status: 'completed',
    model: reply.model ?? OPENAI_MODEL,
    output: [
      {
        id: `msg_${name}`,
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: reply.content, annotations: [] }],
      },
    ],
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage: {
      input_tokens: usage.prompt_tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.completion_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.prompt_tokens + usage.completion_tokens,
    },
  };
}

/** Anthropic's Messages API, which counts what the cache read and wrote beside the input, not in it. */
function message({ name, reply }) {
  const { usage } = reply;
  const read = usage.prompt_tokens_details.cached_tokens;
  const written = usage.cache_creation_tokens;
  return {
    id: `msg_${name}`,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [{ type: 'text', text: reply.content }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: usage.prompt_tokens - read - written,
      cache_creation_input_tokens: written,
      cache_read_input_tokens: read,
      output_tokens: usage.completion_tokens,
    },
  };
}

function embedding({ reply }) {
  return {
    object: 'list',
    model: reply.model,
    data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.5] }],
    usage: usageOf(reply),
  };
}
