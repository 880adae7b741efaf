import { judgeRequest, parseVerdict } from '@signalbox/scoring';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, { APIError } from 'openai';
import { CANDIDATES } from './candidates.js';
import { JUDGE_MODEL } from './judge.js';
import { problemOf } from './problems.js';
import { startSampleServers, type SampleServers } from './servers.js';
import { generateTraffic } from './traffic.js';
import { truthOf } from './truth.js';

const OPTIONS = { seed: 11, scenario: 'default', calls: 900 } as const;
const { calls } = generateTraffic(OPTIONS);
const truth = truthOf(OPTIONS.seed, OPTIONS.scenario);
const prompts = [...new Set(calls.map((call) => call.turns.at(-1)?.content ?? ''))];
const prompt = prompts[0] ?? '';
let servers: SampleServers;
let client: OpenAI;

beforeAll(async () => {
  servers = await startSampleServers(OPTIONS);
  client = new OpenAI({ baseURL: servers.openaiUrl, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => servers.close());

/** All at once in waves of 32, as replay and labeling ask. */
async function inWaves<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += 32) results.push(...(await Promise.all(items.slice(at, at + 32).map(ask))));
  return results;
}
const ask = (model: string, content: string) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
/** By hand, as the client's types call `seed` deprecated. */
async function askWithSeed(model: string, content: string, seed: number): Promise<string> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content }], seed });
  const response = await fetch(`${servers.openaiUrl}/chat/completions`, { method: 'POST', body });
  return (await response.text()).replace(/"id":"[^"]*"/, '');
}
const judge = async (query: string, answer: string): Promise<string> => {
  const { messages, responseFormat } = judgeRequest({ query, answer });
  const reply = await client.chat.completions.create({
    model: JUDGE_MODEL,
    messages,
    response_format: responseFormat,
    temperature: 0,
  });
  return reply.choices[0]?.message.content ?? '';
};

describe('the OpenAI-style server', () => {
  it('lists the five candidates and the judge', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual([...CANDIDATES.map(({ name }) => name), JUDGE_MODEL]);
  });

  it('answers as a gateway does: dated model, usage, cost and duration', async () => {
    const { data, response } = await ask('atlas-large', prompt).withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: 'atlas-large-2026-01-15',
      choices: [{ finish_reason: 'stop' }],
    });
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    const cost = ((data.usage?.prompt_tokens ?? 0) * 3 + (data.usage?.completion_tokens ?? 0) * 15) / 1e6;
    expect(Number(response.headers.get('x-litellm-response-cost'))).toBeCloseTo(cost, 8);
    expect(Number(response.headers.get('x-litellm-response-duration-ms'))).toBeGreaterThan(300);
  });

  it('answers the same request alike, and another seed anew', async () => {
    const texts = (seed: number): Promise<string[]> =>
      inWaves(prompts.slice(0, 64), (text) => askWithSeed('atlas-small', text, seed));
    const [one, again, other] = [await texts(1), await texts(1), await texts(2)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
  });

  it('is as often right as the truth says, candidate by candidate', async () => {
    const asked = prompts.slice(0, 400);
    for (const name of ['swift-mini', 'coder-medium']) {
      const replies = await inWaves(asked, (text) => ask(name, text));
      const scores = replies.map(
        ({ choices }, index) => truth.score(asked[index] ?? '', choices[0]?.message.content ?? '') ?? Number.NaN,
      );
      const expected = asked.map((text) => truth.expected(name, text)?.quality ?? Number.NaN);
      const gap = scores.reduce((sum, score, index) => sum + score - (expected[index] ?? 0), 0) / asked.length;
      // Three standard errors of a share of 400.
      expect(Math.abs(gap)).toBeLessThan(0.075);
    }
  });

  it('reads conversations and content in parts', async () => {
    const reply = await client.chat.completions.create({
      model: 'poet-medium',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: prompts[1] ?? '' },
        { role: 'assistant', content: 'Done.' },
        { role: 'user', content: [{ type: 'text', text: `Thanks. Another one: ${prompt}` }] },
      ],
    });
    const solution = problemOf(prompt)?.solution;
    expect([solution?.answer, solution?.half, ...(solution?.wrong ?? [])]).toContain(reply.choices[0]?.message.content);
  });

  it('says that it is a sample server to a prompt it does not know, and pretends nothing', async () => {
    const refused: unknown = await ask('atlas-large', 'Write a haiku about rain.').catch((error: unknown) => error);
    if (!(refused instanceof APIError)) throw new Error('was answered');
    expect(refused).toMatchObject({ status: 422, code: 'sample_prompt_unknown' });
    expect(refused.message).toContain('sample server');
    await expect(judge('Write a haiku about rain.', 'Drops on the window')).rejects.toMatchObject({ status: 422 });
  });

  it('refuses unknown models, paths and malformed requests with an error of the API', async () => {
    await expect(ask('gpt-unknown', prompt)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await expect(client.embeddings.create({ model: 'x', input: 'y' })).rejects.toMatchObject({ status: 404 });
    const broken = await fetch(`${servers.openaiUrl}/chat/completions`, { method: 'POST', body: '{' });
    expect(broken.status).toBe(400);
  });

  it('has a judge that reads the rubric’s request, mostly agrees with the truth, and sometimes cannot be read', async () => {
    const judged = calls.flatMap((call) => {
      const query = call.turns.at(-1)?.content ?? '';
      return call.answer === null ? [] : [{ query, answer: call.answer.text, score: call.answer.score }];
    });
    const verdicts = await inWaves(judged, ({ query, answer }) => judge(query, answer));
    const parsed = verdicts.map(parseVerdict);
    const read = parsed.flatMap((verdict, index) =>
      verdict.ok ? [{ verdict: verdict.value.score, score: judged[index]?.score ?? -1 }] : [],
    );
    const scored = read.flatMap(({ verdict, score }) => (verdict === null ? [] : [{ verdict, score }]));
    const agreed = scored.filter(({ verdict, score }) => verdict === score).length / scored.length;
    expect(agreed).toBeGreaterThan(0.9);
    expect(agreed).toBeLessThan(0.98);
    expect(scored.every(({ verdict, score }) => Math.abs(verdict - score) <= 0.5)).toBe(true);
    expect((read.length - scored.length) / judged.length).toBeLessThan(0.025);
    expect(read.length).toBeGreaterThan(judged.length * 0.985);
  });

  it('judges by what is enclosed as the answer, not by a right answer elsewhere', async () => {
    const solution = problemOf(prompt)?.solution;
    const levels = await inWaves(
      Array.from({ length: 20 }, (_, index) => `${prompt}${' '.repeat(index)}`),
      async (query) => parseVerdict(await judge(query, solution?.wrong[0] ?? '')),
    );
    const low = levels.filter((verdict) => verdict.ok && verdict.value.score !== null && verdict.value.score <= 0.5);
    expect(low.length).toBeGreaterThanOrEqual(18);
  });
});
