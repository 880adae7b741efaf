import type { Dialect } from './dialect.js';

/** MLflow's tracing. Its attributes are JSON, so that its strings are quoted. */
export const MLFLOW: Dialect = {
  name: 'mlflow',
  signs: [{ keys: ['mlflow.spanType'] }],
  kinds: [
    {
      key: 'mlflow.spanType',
      kinds: {
        llm: 'llm',
        chat_model: 'llm',
        agent: 'agent_span',
        chain: 'workflow_span',
        workflow: 'workflow_span',
        task: 'workflow_span',
        tool: 'tool_span',
        retriever: 'retrieval_span',
        embedding: 'embedding',
        reranker: 'rerank',
        guardrail: 'guardrail',
      },
    },
  ],
  fields: {
    requestModel: ['mlflow.llm.model'],
    provider: ['mlflow.llm.provider'],
    inputTokens: ['mlflow.chat.tokenUsage#input_tokens'],
    outputTokens: ['mlflow.chat.tokenUsage#output_tokens'],
    totalTokens: ['mlflow.chat.tokenUsage#total_tokens'],
    cachedInputTokens: ['mlflow.chat.tokenUsage#cache_read_input_tokens'],
    cacheWriteTokens: ['mlflow.chat.tokenUsage#cache_creation_input_tokens'],
    costUsd: ['mlflow.llm.cost#total_cost'],
    sessionId: ['mlflow.trace.session'],
    userId: ['mlflow.trace.user'],
  },
  fallbacks: {
    requestModel: ['mlflow.spanInputs#model'],
    responseModel: ['mlflow.spanOutputs#model'],
    responseId: ['mlflow.spanOutputs#id'],
  },
  inputFallbacks: [
    { key: 'mlflow.chat.messages', shape: 'messages' },
    { key: 'mlflow.spanInputs', shape: 'messages-or-quoted', system: 'mlflow.spanInputs#system' },
    { key: 'mlflow.spanInputs#prompt', shape: 'messages-or-quoted' },
    { key: 'mlflow.spanInputs#input', shape: 'messages-or-quoted', system: 'mlflow.spanInputs#instructions' },
  ],
  outputFallbacks: [{ key: 'mlflow.spanOutputs', shape: 'messages-or-quoted' }],
};
