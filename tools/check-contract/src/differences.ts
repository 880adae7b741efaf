import { isDeepStrictEqual } from 'node:util';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  astFromValue,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNamedType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from 'graphql';

/** One promise that is not kept, by its schema coordinate: `Query.router(name:)`, `JobStatus.QUEUED`. */
export interface Difference {
  coordinate: string;
  kind: 'missing' | 'differs';
  promised: string;
  /** Absent where nothing is there. */
  actual?: string;
}

type Members = GraphQLObjectType | GraphQLInterfaceType;
type Input = GraphQLArgument | GraphQLInputField;

/**
 * Where a client that was written for `promised` fails, or gets another meaning, on `actual`.
 *
 * More is never a difference, unless it must be given: fields, types, enum values and optional arguments may be added. What
 * comes out may be stricter (non-null for nullable), what goes in may be laxer, and not the other way round; a promised default
 * is the same default. `nullable` holds the coordinates of fields that must answer null when their service is down, whatever was
 * promised.
 *
 * The walk agrees with `findBreakingChanges` of graphql-js, which a property holds it to. It is not that function, because that
 * one names no coordinates, which the lists of exceptions need, and does not look at the defaults of input fields.
 */
export function differences(
  promised: GraphQLSchema,
  actual: GraphQLSchema,
  nullable: ReadonlySet<string> = new Set(),
): Difference[] {
  return Object.values(promised.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => differencesOfType(type, actual.getType(type.name), nullable));
}

function differencesOfType(
  promised: GraphQLNamedType,
  actual: GraphQLNamedType | undefined,
  nullable: ReadonlySet<string>,
): Difference[] {
  const { name } = promised;
  if (!actual) return [missing(name, kindOf(promised))];
  if ((isObjectType(promised) && isObjectType(actual)) || (isInterfaceType(promised) && isInterfaceType(actual))) {
    return [...missingInterfaces(promised, actual), ...differencesOfFields(promised, actual, nullable)];
  }
  if (isInputObjectType(promised) && isInputObjectType(actual)) {
    const inputs = [promised, actual].map((type) => Object.values(type.getFields()));
    return differencesOfInputs(inputs[0]!, inputs[1]!, (field) => `${name}.${field}`);
  }
  if (isEnumType(promised) && isEnumType(actual)) {
    const there = new Set(actual.getValues().map((value) => value.name));
    return namesMissing(promised.getValues(), there, (value) => `${name}.${value}`, 'enum value');
  }
  if (isUnionType(promised) && isUnionType(actual)) {
    const there = new Set(actual.getTypes().map((type) => type.name));
    return namesMissing(promised.getTypes(), there, (type) => `${name} = ${type}`, 'member of the union');
  }
  if (isScalarType(promised) && isScalarType(actual)) return [];
  return [differs(name, kindOf(promised), kindOf(actual))];
}

function missingInterfaces(promised: Members, actual: Members): Difference[] {
  const there = new Set(actual.getInterfaces().map((type) => type.name));
  return namesMissing(promised.getInterfaces(), there, (type) => `${promised.name} implements ${type}`, 'interface');
}

function differencesOfFields(promised: Members, actual: Members, nullable: ReadonlySet<string>): Difference[] {
  const there = actual.getFields();
  return Object.values(promised.getFields()).flatMap((field) => {
    const coordinate = `${promised.name}.${field.name}`;
    const found = there[field.name];
    if (!found) return [missing(coordinate, String(field.type))];
    return differencesOfField(coordinate, field, found, nullable.has(coordinate));
  });
}

function differencesOfField(
  coordinate: string,
  promised: GraphQLField<unknown, unknown>,
  actual: GraphQLField<unknown, unknown>,
  mayBeNull: boolean,
): Difference[] {
  const needed = mayBeNull && isNonNullType(promised.type) ? promised.type.ofType : promised.type;
  return [
    ...(outputHolds(needed, actual.type) ? [] : [differs(coordinate, String(promised.type), String(actual.type))]),
    ...differencesOfInputs(promised.args, actual.args, (argument) => `${coordinate}(${argument}:)`),
  ];
}

function differencesOfInputs(
  promised: readonly Input[],
  actual: readonly Input[],
  coordinateOf: (name: string) => string,
): Difference[] {
  const there = new Map(actual.map((input) => [input.name, input]));
  const known = new Set(promised.map((input) => input.name));
  return [
    ...promised.flatMap((input) => {
      const found = there.get(input.name);
      if (!found) return [missing(coordinateOf(input.name), signature(input))];
      const holds = inputHolds(input.type, found.type) && sameDefault(input, found);
      return holds ? [] : [differs(coordinateOf(input.name), signature(input), signature(found))];
    }),
    ...actual
      .filter((input) => !known.has(input.name) && isRequired(input))
      .map((input) => differs(coordinateOf(input.name), 'nothing that must be given', signature(input))),
  ];
}

/** Whether whoever can read `promised` can read `actual`. */
export function outputHolds(promised: GraphQLType, actual: GraphQLType): boolean {
  if (isNonNullType(actual)) {
    return outputHolds(isNonNullType(promised) ? promised.ofType : promised, actual.ofType);
  }
  if (isListType(promised) && isListType(actual)) return outputHolds(promised.ofType, actual.ofType);
  return sameName(promised, actual);
}

/** Whether what may be given for `promised` may be given for `actual`. */
export function inputHolds(promised: GraphQLType, actual: GraphQLType): boolean {
  if (isNonNullType(promised)) {
    return inputHolds(promised.ofType, isNonNullType(actual) ? actual.ofType : actual);
  }
  if (isListType(promised) && isListType(actual)) return inputHolds(promised.ofType, actual.ofType);
  return sameName(promised, actual);
}

function sameName(a: GraphQLType, b: GraphQLType): boolean {
  return isNamedType(a) && isNamedType(b) && a.name === b.name;
}

/** A default where none was promised only says what absence already meant. */
function sameDefault(promised: Input, actual: Input): boolean {
  return promised.defaultValue === undefined || isDeepStrictEqual(promised.defaultValue, actual.defaultValue);
}

const isRequired = (input: Input): boolean => isNonNullType(input.type) && input.defaultValue === undefined;

function signature(input: Input): string {
  const value = input.defaultValue === undefined ? undefined : astFromValue(input.defaultValue, input.type);
  return value ? `${String(input.type)} = ${print(value)}` : String(input.type);
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'type';
  if (isInterfaceType(type)) return 'interface';
  if (isInputObjectType(type)) return 'input';
  if (isEnumType(type)) return 'enum';
  return isUnionType(type) ? 'union' : 'scalar';
}

function namesMissing(
  promised: readonly { name: string }[],
  there: ReadonlySet<string>,
  coordinateOf: (name: string) => string,
  what: string,
): Difference[] {
  return promised.filter(({ name }) => !there.has(name)).map(({ name }) => missing(coordinateOf(name), what));
}

const missing = (coordinate: string, promised: string): Difference => ({ coordinate, kind: 'missing', promised });
const differs = (coordinate: string, promised: string, actual: string): Difference => ({
  coordinate,
  kind: 'differs',
  promised,
  actual,
});
