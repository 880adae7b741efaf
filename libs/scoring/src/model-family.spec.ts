import { describe, expect, it } from '@jest/globals';
import { modelFamily } from './model-family.js';

describe('the family of a model', () => {
  it.each([
    ['gpt-4o-mini', 'openai'],
    ['openai/gpt-4.1', 'openai'],
    ['o3-mini', 'openai'],
    ['chatgpt-4o-latest', 'openai'],
    ['ft:gpt-4o-mini:acme::abc', 'openai'],
    ['claude-sonnet-4', 'anthropic'],
    ['bedrock/us.anthropic.claude-3-haiku', 'anthropic'],
    ['anthropic.claude-v2', 'anthropic'],
    ['vertex_ai/gemini-2.0-flash', 'gemini'],
    ['gemma-2-9b', 'gemma'],
    ['meta-llama/Llama-3.1-8B-Instruct', 'llama'],
    ['codellama-13b', 'llama'],
    ['open-mixtral-8x7b', 'mistral'],
    ['Mistral-Small', 'mistral'],
    ['qwen2.5-72b', 'qwen'],
    ['QwQ-32B', 'qwen'],
    ['deepseek-chat', 'deepseek'],
    ['olmo-2', 'olmo'],
    ['fast-model', 'fast'],
    ['Ünïversal 2', 'ünïversal'],
    ['', 'unknown'],
    ['--', 'unknown'],
  ])('of %j is %s', (name, family) => {
    expect(modelFamily(name)).toBe(family);
  });
});
