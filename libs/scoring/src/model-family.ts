/** Families whose models have names of several kinds. Names are compared in lower case, without the provider before the slash. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(chat)?gpt|^o\d|^davinci|^codex/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^gemini|^palm|^bison/, 'gemini'],
  [/^gemma/, 'gemma'],
  [/llama|^vicuna|^alpaca/, 'llama'],
  [/^(open-)?(mistral|mixtral)|^ministral|^codestral|^magistral|^pixtral/, 'mistral'],
  [/^qw[eq]n?/, 'qwen'],
  [/^deepseek/, 'deepseek'],
  [/^command|^aya/, 'cohere'],
  [/^grok/, 'grok'],
  [/^phi-?\d/, 'phi'],
  [/^(amazon\.)?nova|^titan/, 'amazon'],
];

/**
 * The family that a model comes from, by its name: a judge favours answers of its own. Where the name is of none that is known, its
 * first word.
 */
export function modelFamily(name: string): string {
  // anthropic/claude-3, bedrock/us.anthropic.claude-3, ft:gpt-4o-mini:acme
  const path = name.trim().toLowerCase().split('/');
  const model = (path.at(-1) ?? '').replace(/^ft:/, '').replace(/^(?:[a-z]{2,4}\.)?[a-z][a-z0-9]+\.(?=[a-z])/, '');
  const known = FAMILIES.find(([pattern]) => pattern.test(model));
  return known?.[1] ?? (/[\p{L}\p{N}]+/u.exec(model)?.[0] || 'unknown');
}
