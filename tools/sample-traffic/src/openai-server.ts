import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { answerTo, tokensIn } from './answers.js';
import { CANDIDATES, candidateNamed, type SampleCandidate } from './candidates.js';
import { Draw, hashOf } from './draw.js';
import { JUDGE_MODEL, verdictOn } from './judge.js';
import { bodyOf, jsonReply, send, type Reply } from './reply.js';
import type { Scenario } from './skills.js';
import { TRAFFIC_TO } from './traffic.js';

const MAX_BODY = 1024 * 1024;
/** Fixed, so that the same question gets the same bytes. */
const CREATED = Date.parse(TRAFFIC_TO) / 1000;
/** Of the judge, in USD per token: as a small model costs. */
const JUDGE_INPUT_PRICE = 0.2e-6;
const JUDGE_OUTPUT_PRICE = 0.8e-6;

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const content = z.union([
  z.string(),
  z.array(textPart).transform((parts) => parts.map(({ text }) => text).join('\n')),
  // A turn that held tool calls alone.
  z.null().transform(() => ''),
]);
const chatRequest = z.object({
  model: z.string(),
  messages: z
    .array(
      z.object({
        role: z
          .enum(['system', 'developer', 'user', 'assistant'])
          .transform((role) => (role === 'developer' ? 'system' : role)),
        content,
      }),
    )
    .min(1),
  seed: z.int().nullish(),
  stream: z.literal(false).nullish(),
  n: z.literal(1).nullish(),
  response_format: z
    .object({ type: z.string(), json_schema: z.object({ schema: z.record(z.string(), z.unknown()) }).optional() })
    .nullish(),
});
type ChatRequest = z.infer<typeof chatRequest>;

const levelled = z.object({ properties: z.object({ level: z.object({ enum: z.array(z.int().nullable()) }) }) });

interface Completion {
  model: string;
  text: string;
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costUsd: number;
  seconds: number;
}

interface Refusal {
  status: number;
  code: string;
  message: string;
}

const refuse = (status: number, code: string, message: string): Refusal => ({ status, code, message });

const NOT_KNOWN = refuse(
  422,
  'sample_prompt_unknown',
  'This is the sample server of Signalbox. It answers only the questions of its own sample traffic, and this is none of them. Point the client at a real gateway.',
);

function candidateAnswer(
  seed: number,
  scenario: Scenario,
  candidate: SampleCandidate,
  asked: ChatRequest,
): Completion | Refusal {
  const answer = answerTo(seed, scenario, candidate, asked.messages, `asked ${asked.seed ?? 0}`);
  if (answer === null) return NOT_KNOWN;
  return { ...answer, model: candidate.aliases[0] ?? candidate.name };
}

function judgeAnswer(seed: number, asked: ChatRequest): Completion | Refusal {
  const schema = levelled.safeParse(asked.response_format?.json_schema?.schema);
  if (asked.response_format?.type !== 'json_schema' || !schema.success) {
    return refuse(
      400,
      'invalid_request',
      'The sample judge answers only with a json_schema response_format that names the levels.',
    );
  }
  const text = asked.messages.map((message) => message.content).join('\n');
  const bestLevel = Math.max(...schema.data.properties.level.enum.map((level) => level ?? 0));
  const verdict = verdictOn({ text, bestLevel, seed: `${seed} ${asked.seed ?? 0}` });
  if (verdict === null) return NOT_KNOWN;
  const inputTokens = tokensIn(text);
  const outputTokens = tokensIn(verdict);
  const costUsd = Number((inputTokens * JUDGE_INPUT_PRICE + outputTokens * JUDGE_OUTPUT_PRICE).toFixed(9));
  return { model: JUDGE_MODEL, text: verdict, inputTokens, outputTokens, reasoningTokens: 0, costUsd, seconds: 0.8 };
}

const failed = ({ status, code, message }: Refusal): Reply =>
  jsonReply(status, { error: { message, type: 'sample_server_error', param: null, code } });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function complete(seed: number, scenario: Scenario, request: IncomingMessage): Promise<Reply> {
  const body = await bodyOf(request, MAX_BODY);
  if (body === null) return failed(refuse(413, 'too_large', 'The request is larger than 1 MiB.'));
  const parsed = chatRequest.safeParse(jsonOf(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return failed(
      refuse(400, 'invalid_request', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''} (sample server)`),
    );
  }
  const asked = parsed.data;
  const candidate = candidateNamed(asked.model);
  if (candidate === null && asked.model !== JUDGE_MODEL) {
    const message = `The sample server has no model ${asked.model}; GET /v1/models lists what it has.`;
    return failed(refuse(404, 'model_not_found', message));
  }
  const completion = candidate === null ? judgeAnswer(seed, asked) : candidateAnswer(seed, scenario, candidate, asked);
  await pause(new Draw(body).int(10, 20));
  if ('code' in completion) return failed(completion);
  return jsonReply(200, chatCompletion(body, completion), {
    'x-litellm-response-cost': String(completion.costUsd),
    'x-litellm-response-duration-ms': String(Math.round(completion.seconds * 1000)),
  });
}

const chatCompletion = (body: string, { model, text, inputTokens, outputTokens, reasoningTokens }: Completion) => ({
  id: `chatcmpl-${hashOf(body).slice(0, 24)}`,
  object: 'chat.completion',
  created: CREATED,
  model,
  choices: [
    { index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  },
});

const modelList = () => ({
  object: 'list',
  data: [...CANDIDATES.map(({ name }) => name), JUDGE_MODEL].map((id) => ({
    id,
    object: 'model',
    created: CREATED,
    owned_by: 'signalbox-sample-traffic',
  })),
});

async function answer(seed: number, scenario: Scenario, request: IncomingMessage): Promise<Reply> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method === 'GET' && pathname === '/v1/models') return jsonReply(200, modelList());
  if (request.method === 'POST' && pathname === '/v1/chat/completions') return complete(seed, scenario, request);
  return failed(refuse(404, 'not_found', 'The sample server has only /v1/chat/completions and /v1/models.'));
}

/** A server that speaks OpenAI's chat API for the five candidates and the scripted judge. */
export function openaiServer(seed: number, scenario: Scenario): Server {
  return createServer((request, response) => {
    answer(seed, scenario, request).then(
      (reply) => send(response, reply),
      () => response.destroy(),
    );
  });
}
