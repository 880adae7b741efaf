import type { Dialect } from './dialect.js';

/** AWS's distribution of OpenTelemetry: it moves messages off the span, into the body of a log record. */
export const AWS_ADOT: Dialect = {
  name: 'aws-adot',
  signs: [{ keys: ['aws.genai.span_kind'] }],
  kinds: [
    {
      key: 'aws.genai.span_kind',
      kinds: {
        llm: 'llm',
        agent: 'agent_span',
        tool: 'tool_span',
        chain: 'workflow_span',
        workflow: 'workflow_span',
        retriever: 'retrieval_span',
        embedding: 'embedding',
      },
    },
  ],
  inputFallbacks: [{ events: 'body' }],
  outputFallbacks: [{ events: 'body' }],
};
