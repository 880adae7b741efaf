import federation from '@apollo/federation-internals';
import { type GraphQLSchema } from 'graphql';

/** What a client of the gateway sees, without the directives and types of the composition. */
export function apiSchemaOf(supergraph: string): GraphQLSchema {
  return federation.Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();
}

export interface Entities {
  /** By type: the field sets by which some service finds it. */
  keys: Map<string, Set<string>>;
  /** Fields, by coordinate, that a service adds to an entity of another one, which has to answer without it. */
  added: Map<string, AddedField>;
  /** Entities that several services resolve and whose owner is not known. */
  unowned: string[];
}

interface AddedField {
  service: string;
  owner: string;
  type: string;
}

interface Resolved {
  service: string;
  /** Fields of the entity that this service answers, by name, with their types. */
  fields: Map<string, string>;
}

/** `owners` names the service that keeps an entity, for those that several services resolve. */
export function entitiesOf(supergraph: string, owners: Readonly<Record<string, string>>): Entities {
  const keys = new Map<string, Set<string>>();
  const resolved = new Map<string, Resolved[]>();
  for (const subgraph of federation.Supergraph.build(supergraph).subgraphs()) {
    const metadata = subgraph.metadata();
    for (const type of subgraph.schema.objectTypes()) {
      const found = type.appliedDirectivesOf(metadata.keyDirective()).map((directive) => directive.arguments());
      // A key that is not resolvable marks a stub, which only refers to the entity.
      const own = found.filter((key) => key.resolvable !== false).map((key) => fieldSet(String(key.fields)));
      if (own.length === 0) continue;
      keys.set(type.name, new Set([...(keys.get(type.name) ?? []), ...own]));
      const fields = type.fields().filter((field) => !metadata.isFieldExternal(field) && !own.includes(field.name));
      const answered = new Map(fields.map((field) => [field.name, String(field.type)]));
      resolved.set(type.name, [...(resolved.get(type.name) ?? []), { service: subgraph.name, fields: answered }]);
    }
  }
  const shared = [...resolved].filter(([, services]) => services.length > 1);
  return {
    keys,
    added: new Map(shared.flatMap(([type, services]) => fieldsAdded(type, owners[type], services))),
    unowned: shared.map(([type]) => type).filter((type) => !Object.hasOwn(owners, type)),
  };
}

function fieldsAdded(type: string, owner: string | undefined, services: Resolved[]): [string, AddedField][] {
  if (!owner) return [];
  const own = services.find(({ service }) => service === owner)?.fields;
  return services.flatMap(({ service, fields }) =>
    [...fields]
      .filter(([name]) => !own?.has(name))
      .map(([name, fieldType]): [string, AddedField] => [`${type}.${name}`, { service, owner, type: fieldType }]),
  );
}

/** Spaces in a field set mean nothing beyond parting names. */
export const fieldSet = (text: string): string => text.trim().split(/\s+/).join(' ');
