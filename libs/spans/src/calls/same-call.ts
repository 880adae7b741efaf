import type { SpanFacts } from './span-facts.js';

/** Two counts of the same tokens may differ by what a tokenizer adds around messages. */
const TOKEN_SLACK = 0.02;

/** Whether a span above another may report the same call. */
export function reportSameCall(above: SpanFacts, below: SpanFacts): boolean {
  // A deployment's alias hides the model's name; equal counts on both sides of one call are no coincidence.
  if (countedAlike(above, below)) return true;
  return (
    modelsAgree(above, below) &&
    countsAgree(above.tokens.input, below.tokens.input) &&
    countsAgree(above.tokens.output, below.tokens.output)
  );
}

/**
 * Whether two spans beside each other are one call that two instrumentations wrote down. Calls that run in parallel
 * are alike too, so that their answers must be the same one.
 */
export function areTwins(a: SpanFacts, b: SpanFacts): boolean {
  const [left, right] = [a.span.scopeName, b.span.scopeName];
  if (left === null || right === null || left === right || !overlap(a, b)) return false;
  if (a.responseId !== null && b.responseId !== null) return a.responseId === b.responseId;
  return countedAlike(a, b) && modelsAgree(a, b) && answersOf(a) === answersOf(b) && answersOf(a) !== null;
}

function countedAlike(a: SpanFacts, b: SpanFacts): boolean {
  const { input, output } = a.tokens;
  return input !== null && output !== null && input === b.tokens.input && output === b.tokens.output;
}

function overlap({ span: a }: SpanFacts, { span: b }: SpanFacts): boolean {
  return a.startUnixNano <= b.endUnixNano && b.startUnixNano <= a.endUnixNano;
}

function answersOf({ output }: SpanFacts): string | null {
  return (
    output.response ?? (output.toolCalls === null ? null : JSON.stringify(output.toolCalls.map(({ name }) => name)))
  );
}

function countsAgree(a: number | null, b: number | null): boolean {
  return a === null || b === null || Math.abs(a - b) <= Math.max(2, TOKEN_SLACK * Math.max(a, b));
}

/** `openai/gpt-4o` and `gpt-4o-2024-08-06` are one model, an absent name agrees with all. */
function modelsAgree(a: SpanFacts, b: SpanFacts): boolean {
  const names = (facts: SpanFacts): string[] =>
    [facts.requestModel, facts.responseModel]
      .filter((name) => name !== null)
      .map((name) => name.toLowerCase().split('/').at(-1) ?? name);
  const [left, right] = [names(a), names(b)];
  if (left.length === 0 || right.length === 0) return true;
  return left.some((one) => right.some((other) => one === other || isDated(one, other) || isDated(other, one)));
}

function isDated(name: string, base: string): boolean {
  return name.startsWith(base) && /^[-@:]v?\d[-\d:]*$/.test(name.slice(base.length));
}
