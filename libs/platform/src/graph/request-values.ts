import { ERROR_CODES } from '@signalbox/contracts';
import { GraphQLError, Kind, visit, type DocumentNode, type ValueNode } from 'graphql';

/** A string or a number that a request carries, as its parser or JSON's understood it. */
export type GivenValue = string | number;

/** What is asked of one value, or of a key of an object. */
export type Suits = (value: GivenValue) => boolean;

/** The path of the first value that does not suit: of an argument such as `input.score`, or `variables.limit`. */
export function unsuitable(
  document: DocumentNode,
  variables: Record<string, unknown> | undefined,
  suits: Suits,
): string | undefined {
  const inVariables = inJson(variables ?? {}, 'variables', suits);
  return inVariables ?? inLiterals(document, suits);
}

export function invalidInput(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'INVALID_INPUT', nextStep: ERROR_CODES.INVALID_INPUT, http: { status: 400 } },
  });
}

function inJson(value: unknown, path: string, suits: Suits): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') return suits(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = suits(key) ? inJson(member, `${path}.${key}`, suits) : path;
    if (found !== undefined) return found;
  }
  return undefined;
}

function inLiterals(document: DocumentNode, suits: Suits): string | undefined {
  let found: string | undefined;
  const look = (name: string, value: ValueNode | undefined) => {
    if (value) found ??= inLiteral(value, name, suits);
  };
  visit(document, {
    Argument: ({ name, value }) => look(name.value, value),
    VariableDefinition: ({ variable, defaultValue }) => look(`variables.${variable.name.value}`, defaultValue),
  });
  return found;
}

function inLiteral(node: ValueNode, path: string, suits: Suits): string | undefined {
  switch (node.kind) {
    case Kind.STRING:
      return suits(node.value) ? undefined : path;
    case Kind.INT:
    case Kind.FLOAT:
      return suits(Number(node.value)) ? undefined : path;
    case Kind.LIST:
      return firstOf(node.values, (each, index) => inLiteral(each, `${path}.${index}`, suits));
    case Kind.OBJECT:
      return firstOf(node.fields, ({ name, value }) => inLiteral(value, `${path}.${name.value}`, suits));
    default:
      return undefined;
  }
}

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
