import {
  Kind,
  type DocumentNode,
  type GraphQLSchema,
  type TypeDefinitionNode,
  buildASTSchema,
  concatAST,
  isTypeDefinitionNode,
  parse,
  visit,
} from 'graphql';
import { type Difference, differences } from './differences.js';
import { type Entities, fieldSet } from './supergraph.js';

export interface Contract {
  schema: GraphQLSchema;
  /** By type: the field sets that its `@key` names. */
  keys: Map<string, string[]>;
}

/** What the pages of every connection hold, as Relay's specification of cursor connections says. */
const PAGE_INFO =
  'type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }';

/** Reads a contract, in which `XConnection` may be used without being written out. */
export function parseContract(sdl: string): Contract {
  const document = parse(sdl);
  const types = document.definitions.filter(isTypeDefinitionNode);
  const defined = new Set(types.map(({ name }) => name.value));
  const used = new Set<string>();
  visit(document, { NamedType: ({ name }) => void used.add(name.value) });
  const connections = [...used].filter((name) => name.endsWith('Connection') && !defined.has(name));
  return { schema: buildASTSchema(concatAST([document, writtenOut(connections, defined)])), keys: keysOf(types) };
}

function keysOf(types: readonly TypeDefinitionNode[]): Map<string, string[]> {
  const keys = types.map(({ name, directives = [] }): [string, string[]] => [
    name.value,
    directives
      .filter((directive) => directive.name.value === 'key')
      .flatMap((directive) => directive.arguments ?? [])
      .flatMap(({ value }) => (value.kind === Kind.STRING ? [fieldSet(value.value)] : [])),
  ]);
  return new Map(keys);
}

function writtenOut(connections: string[], defined: ReadonlySet<string>): DocumentNode {
  const definitions = connections.flatMap((connection) => {
    const node = connection.slice(0, -'Connection'.length);
    return [
      `type ${connection} { edges: [${node}Edge!]! pageInfo: PageInfo! }`,
      `type ${node}Edge { node: ${node}! cursor: String! }`,
    ];
  });
  const pages = connections.length > 0 && !defined.has('PageInfo') ? [PAGE_INFO] : [];
  return parse(
    ['directive @key(fields: String!) repeatable on OBJECT | INTERFACE', ...definitions, ...pages].join('\n'),
  );
}

/** Where the API does not keep the contract. */
export function contractDifferences(contract: Contract, api: GraphQLSchema, entities: Entities): Difference[] {
  return [
    ...differences(contract.schema, api, new Set(entities.added.keys())),
    ...missingKeys(contract, api, entities),
    ...tooStrict(entities),
    ...entities.unowned.map((type): Difference => ({
      coordinate: type,
      kind: 'differs',
      promised: 'one service that owns it, named in tools/check-contract/src/owners.ts',
      actual: 'several services resolve it',
    })),
  ];
}

function missingKeys(contract: Contract, api: GraphQLSchema, { keys }: Entities): Difference[] {
  return [...contract.keys]
    .filter(([type]) => api.getType(type))
    .flatMap(([type, wanted]) =>
      wanted.filter((fields) => !keys.get(type)?.has(fields)).map((fields) => [type, fields]),
    )
    .map(([type, fields]) => ({ coordinate: `${type} @key(fields: "${fields}")`, kind: 'missing', promised: 'key' }));
}

/** A field that another service adds is nullable, in the contract or beyond it: else its outage takes the entity away. */
function tooStrict({ added }: Entities): Difference[] {
  return [...added]
    .filter(([, { type }]) => type.endsWith('!'))
    .map(([coordinate, { service, owner, type }]) => ({
      coordinate,
      kind: 'differs',
      promised: `nullable, since ${service} adds it to an entity of ${owner}`,
      actual: type,
    }));
}
