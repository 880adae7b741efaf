import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseTraceFile } from '../formats/trace-file.js';
import { extractCalls } from './extract-calls.js';

// Recordings lie beside the project, not in it. What is expected was read in the files by a person.
const folder = new URL('../../../../../shared/fixtures/traces/', import.meta.url);
const sharedIt = existsSync(folder) ? it : it.skip;

function extract(path: string) {
  const file = parseTraceFile(readFileSync(new URL(path, folder), 'utf8'), path);
  if (!file.ok) throw new Error(file.error.hint);
  expect(file.value.rejected).toEqual([]);
  return { format: file.value.format, ...extractCalls(file.value.spans) };
}

describe('a recorded file', () => {
  sharedIt('agentevals_helm.json: two turns, each reported by call_llm and by openai.chat', () => {
    const { format, calls, spansMerged, skipped, spansRead } = extract('jaeger/agentevals_helm.json');
    expect({ format, spansMerged, skipped, spansRead }).toEqual({
      format: 'jaeger-v1',
      spansMerged: 2,
      skipped: { agent_span: 1, tool_span: 1, not_llm: 90 },
      spansRead: 96,
    });
    const both = {
      query: 'list all Helm releases',
      requestModel: 'gpt-4.1-mini',
      responseModel: 'gpt-4.1-mini-2025-04-14',
      provider: 'openai',
      sessionId: 'ctx-7ed9780f-3688-4fc0-b10b-2e4df2f83cf0',
      userId: 'admin@kagent.dev',
      costUsd: null,
      status: 'OK',
      truncated: false,
    };
    expect(calls).toMatchObject([
      {
        ...both,
        response: null,
        toolCalls: [{ id: 'call_P09kjRKHTTJA02oB9HIe4u5t', name: 'helm_list_releases', arguments: '{}' }],
        inputTokens: 1820,
        outputTokens: 13,
        totalTokens: 1833,
        cachedInputTokens: 0,
        responseTimeSeconds: 2.274805,
        finishReason: 'tool_calls',
      },
      {
        ...both,
        response: expect.stringContaining('There are two Helm releases installed in the cluster'),
        toolCalls: null,
        inputTokens: 1956,
        outputTokens: 117,
        totalTokens: 2073,
        cachedInputTokens: 1792,
        responseTimeSeconds: 1.797164,
        finishReason: 'stop',
      },
    ]);
    expect(calls[1]?.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
  });

  sharedIt('agentevals_helm.json without its openai.chat spans: the same calls from call_llm alone', () => {
    const text = readFileSync(new URL('jaeger/agentevals_helm.json', folder), 'utf8');
    const file = parseTraceFile(text, 'helm');
    const spans = file.ok ? file.value.spans.filter(({ name }) => name !== 'openai.chat') : [];
    expect(extractCalls(spans).calls).toMatchObject([
      { dialect: 'google-adk', query: 'list all Helm releases', inputTokens: 1820, outputTokens: 13, response: null },
      { query: 'list all Helm releases', inputTokens: 1956, outputTokens: 117, requestModel: 'gpt-4.1-mini' },
    ]);
  });

  sharedIt('agentevals_k8s.json: one turn', () => {
    const { calls, spansMerged } = extract('jaeger/agentevals_k8s.json');
    expect(spansMerged).toBe(1);
    expect(calls).toMatchObject([
      {
        query: 'list all Helm releases',
        response: expect.stringMatching(/^To list all Helm releases.*how you'd like to proceed\.$/s),
        requestModel: 'gpt-4.1-mini',
        responseModel: 'gpt-4.1-mini-2025-04-14',
        inputTokens: 2203,
        outputTokens: 139,
        totalTokens: 2342,
        cachedInputTokens: 1792,
        responseTimeSeconds: 2.099429,
      },
    ]);
  });

  sharedIt('jaegerui_genaiTestTrace.json: four turns of model-a, one of model-b', () => {
    const { calls, skipped } = extract('jaeger/jaegerui_genaiTestTrace.json');
    expect(skipped).toEqual({ agent_span: 2, tool_span: 7, retrieval_span: 3, not_llm: 40 });
    const triage = {
      dialect: 'otel-genai',
      query: 'Why did the checkout latency regress this afternoon?',
      response: 'Latency rose with a slow pod rollout. Checking the dashboards and traces now.',
      responseModel: 'model-a',
      inputTokens: 1840,
      outputTokens: 260,
      cachedInputTokens: 920,
      responseTimeSeconds: 1.8,
    };
    const summary = {
      query: 'Summarise the findings from the dashboards and traces.',
      response: 'A pod rollout at 14:05 slowed checkout; latency recovered once it completed.',
      responseModel: 'model-b',
      inputTokens: 920,
      outputTokens: 140,
      cachedInputTokens: 460,
      responseTimeSeconds: 3.5,
    };
    expect(calls).toMatchObject([triage, triage, triage, summary, triage]);
  });

  sharedIt.each([
    ['jaeger/jaeger_apiv3_FindTraceSummaries.json', 'jaeger-trace-summaries', 0, 0],
    ['jaeger/jaeger_apiv3_FindTraces.json', 'jaeger-v3', 1, 0],
    ['jaeger/jaeger_otlp2jaeger-out.json', 'jaeger-v1', 2, 1],
    ['otlp/jaeger_otlp2jaeger-in.json', 'otlp-json', 2, 1],
  ])('%s: known, and without calls', (path, format, spansRead, duplicates) => {
    expect(extract(path)).toMatchObject({ format, calls: [], spansRead, duplicates });
  });
});
