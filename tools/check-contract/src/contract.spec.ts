import composition from '@apollo/composition';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { contractDifferences, parseContract } from './contract.js';
import { apiSchemaOf, entitiesOf } from './supergraph.js';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@external", "@requires"])';

function supergraphOf(services: Record<string, string>): string {
  const { supergraphSdl, errors } = composition.composeServices(
    Object.entries(services).map(([name, sdl]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(`${LINK}\n${sdl}`),
    })),
  );
  if (!supergraphSdl) throw new Error(errors?.join('\n'));
  return supergraphSdl;
}

const ingest = `
  type Call @key(fields: "id") { id: ID!  query: String! }
  type PageInfo { hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String  endCursor: String }
  type CallEdge { node: Call!  cursor: String! }
  type CallConnection { edges: [CallEdge!]!  pageInfo: PageInfo! }
  type Query { calls: CallConnection! }`;
const labeling = `type Call @key(fields: "id") { id: ID!  labels: [Int!] }`;
const registry = `
  type Call @key(fields: "id", resolvable: false) { id: ID! }
  type Decision { call: Call! }
  type Query { decision: Decision! }`;
const contract = `
  type Call @key(fields: "id") { id: ID!  query: String!  labels: [Int!] }
  type Decision { call: Call! }
  type Query { calls: CallConnection!  decision: Decision! }`;

const found = (promised: string, services: Record<string, string>, owners = { Call: 'ingest' }): string[] => {
  const supergraph = supergraphOf(services);
  return contractDifferences(parseContract(promised), apiSchemaOf(supergraph), entitiesOf(supergraph, owners)).map(
    ({ coordinate, kind, promised: was, actual }) =>
      `${kind} ${coordinate}: ${was}${actual === undefined ? '' : ` -> ${actual}`}`,
  );
};

describe('a contract', () => {
  it('is kept by services that compose to it, and says nothing of what federation adds', () => {
    expect(found(contract, { ingest, labeling, registry })).toEqual([]);
    const names = Object.keys(apiSchemaOf(supergraphOf({ ingest, labeling })).getTypeMap());
    expect(names.filter((name) => /^(join|link|core|_)/.test(name.replace(/^__.*/, '')))).toEqual([]);
  });

  it('writes out the connections that it only names', () => {
    const bare = ingest
      .replace('cursor: String!', '')
      .replace('hasPreviousPage: Boolean!', '')
      .replace('[CallEdge!]!', '[CallEdge]!');
    expect(found(contract, { ingest: bare, labeling, registry })).toEqual([
      'differs CallConnection.edges: [CallEdge!]! -> [CallEdge]!',
      'missing CallEdge.cursor: String!',
      'missing PageInfo.hasPreviousPage: Boolean!',
    ]);
  });

  it('keeps a connection that it writes out itself', () => {
    const own = 'type CallConnection { nodes: [Int!]! } type Query { calls: CallConnection! }';
    expect(found(own, { ingest, labeling })).toEqual(['missing CallConnection.nodes: [Int!]!']);
  });

  it('names a type that it uses and does not have, rather than leave it out of the comparison', () => {
    expect(() => parseContract('type Query { call: Call }')).toThrow('Call');
  });

  it('asks for the keys of entities, and a stub has none', () => {
    const keyed = contract.replace('@key(fields: "id")', '@key(fields: "id") @key(fields: " trace  span ")');
    expect(found(keyed, { ingest, labeling, registry })).toEqual(['missing Call @key(fields: "trace span"): key']);
    const alone = 'type Decision @key(fields: "id") { id: ID! } type Query { decision: Decision }';
    const stub = 'type Decision @key(fields: "id", resolvable: false) { id: ID! } type Query { decision: Decision }';
    expect(found(alone, { registry: stub })).toEqual(['missing Decision @key(fields: "id"): key']);
  });
});

describe('a field that another service adds', () => {
  it('has to be nullable, also where the contract does not know it', () => {
    const strict = labeling.replace('[Int!]', '[Int!]!  more: Int!');
    expect(found(contract, { ingest, labeling: strict, registry })).toEqual([
      'differs Call.labels: nullable, since labeling adds it to an entity of ingest -> [Int!]!',
      'differs Call.more: nullable, since labeling adds it to an entity of ingest -> Int!',
    ]);
  });

  it('may be nullable where the contract says that it is not; a field of the owner may not', () => {
    const strict = contract.replace('labels: [Int!]', 'labels: [Int!]!');
    expect(found(strict, { ingest, labeling, registry })).toEqual([]);
    const lax = ingest.replace('query: String!', 'query: String');
    expect(found(contract, { ingest: lax, labeling, registry })).toEqual(['differs Call.query: String! -> String']);
  });

  it('is told by whose entity it is, so that an entity of several services without an owner is a difference', () => {
    expect(found(contract, { ingest, labeling, registry }, { Call: 'labeling' })).toEqual([
      'differs Call.query: nullable, since ingest adds it to an entity of labeling -> String!',
    ]);
    const supergraph = supergraphOf({ ingest, labeling });
    expect(entitiesOf(supergraph, {}).unowned).toEqual(['Call']);
    expect(
      contractDifferences(
        parseContract('type Query { calls: CallConnection! } type Call { id: ID! }'),
        apiSchemaOf(supergraph),
        entitiesOf(supergraph, {}),
      ),
    ).toMatchObject([{ coordinate: 'Call', kind: 'differs' }]);
  });

  it('is not one that it only needs, nor a part of the key', () => {
    const needing =
      'type Call @key(fields: "id") { id: ID!  query: String! @external  labels: [Int!] @requires(fields: "query") }';
    expect(found(contract, { ingest, labeling: needing, registry })).toEqual([]);
  });
});
