import { readFileSync } from 'node:fs';
import { Kind, parse, type FieldDefinitionNode, type ObjectTypeDefinitionNode, type TypeNode } from 'graphql';

const document = parse(readFileSync(new URL('../../../../supergraph.graphql', import.meta.url), 'utf8'));

/** What the supergraph offers, by schema coordinate, so that a new operation cannot go without a test. */
const objects = document.definitions.filter(
  (definition): definition is ObjectTypeDefinitionNode => definition.kind === Kind.OBJECT_TYPE_DEFINITION,
);
const objectNames = new Set(objects.map(({ name }) => name.value));
const inputsWithKey = new Set(
  document.definitions.flatMap((definition) =>
    definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION &&
    definition.fields?.some(({ name }) => name.value === 'idempotencyKey')
      ? [definition.name.value]
      : [],
  ),
);

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));
const isList = (type: TypeNode): boolean =>
  type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));
const isPage = (type: TypeNode): boolean => nameOf(type).endsWith('Connection');
const takes = (field: FieldDefinitionNode, argument: string): boolean =>
  field.arguments?.some(({ name }) => name.value === argument) ?? false;

function coordinates(wanted: (field: FieldDefinitionNode, parent: string) => boolean): string[] {
  return objects.flatMap(({ name: { value: parent }, fields }) =>
    (fields ?? []).filter((field) => wanted(field, parent)).map((field) => `${parent}.${field.name.value}`),
  );
}

/** Lists that are paged. */
export const PAGED = coordinates(({ type }) => isPage(type));
/** Lists of objects in one piece, of at most `first` where they take it. */
export const WHOLE = coordinates(
  ({ type }, parent) => isList(type) && objectNames.has(nameOf(type)) && !parent.endsWith('Connection'),
);
export const CUT = coordinates((field) => takes(field, 'first') && !isPage(field.type));
export const MUTATIONS = coordinates((_, parent) => parent === 'Mutation');
export const KEYED = coordinates(
  ({ arguments: given }, parent) =>
    parent === 'Mutation' && (given ?? []).some(({ type }) => inputsWithKey.has(nameOf(type))),
);
