import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startProgram } from './python.mjs';

const START_SECONDS = 180;
const KEY = 'sk-of-the-recording';
/** What callers of the proxy call its models, which are not the names that the provider knows. */
const MODEL_GROUPS = {
  'openai/gpt-4o-mini': 'assistant',
  'anthropic/claude-sonnet-4-5': 'poet',
  'openai/text-embedding-3-small': 'vectors',
};
const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses', embedding: '/v1/embeddings' };

/** Makes the calls of the scenarios through LiteLLM's proxy, one after the other. `received` resolves when all arrived. */
export async function callThroughProxy({ bin, folder, environment, scenarios, providerUrl, port, received }) {
  const config = path.join(folder, 'proxy.json');
  await writeFile(config, JSON.stringify(configuration(providerUrl)));
  const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port)];
  const proxy = startProgram(path.join(bin, 'litellm'), args, { cwd: folder, environment });
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(url, proxy);
    for (const scenario of scenarios) await call(url, scenario);
    await received();
  } finally {
    if (proxy.child.exitCode === null) {
      proxy.child.kill('SIGTERM');
      await once(proxy.child, 'exit');
    }
  }
}

// JSON is YAML too.
function configuration(providerUrl) {
  return {
    model_list: Object.entries(MODEL_GROUPS).map(([model, group]) => ({
      model_name: group,
      litellm_params: {
        model,
        api_base: model.startsWith('anthropic/') ? providerUrl : `${providerUrl}/v1`,
        api_key: 'no-key',
        max_retries: 0,
      },
    })),
    litellm_settings: {
      callbacks: ['otel'],
      num_retries: 0,
      cache: true,
      cache_params: { type: 'local', mode: 'default_off' },
    },
    // A failed call shall not keep the next from its model.
    router_settings: { num_retries: 0, disable_cooldowns: true },
    general_settings: { master_key: KEY },
  };
}

async function ready(url, { child, tail }) {
  const patience = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const answer = await fetch(`${url}/health/liveliness`).catch(() => undefined);
    if (answer?.ok) return;
    if (child.exitCode !== null || Date.now() > patience) throw new Error(`the proxy did not start: ${tail()}`);
    await wait(200);
  }
}

async function call(url, { api = 'chat', model, messages, input, options }) {
  const content = { embedding: { input }, responses: { input: messages }, chat: { messages } }[api];
  const answer = await fetch(url + PATHS[api], {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL_GROUPS[model], ...content, ...options }),
  });
  // A stream ends, and is logged, when it was read.
  await answer.text();
}
