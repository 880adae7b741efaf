import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GraphQLOutputType, buildSchema, findBreakingChanges } from 'graphql';
import { differences, inputHolds, outputHolds } from './differences.js';

const found = (promised: string, actual: string, nullable: string[] = []): string[] =>
  differences(buildSchema(promised), buildSchema(actual), new Set(nullable)).map(
    ({ coordinate, kind, promised: was, actual: is }) =>
      `${kind} ${coordinate}: ${was}${is === undefined ? '' : ` -> ${is}`}`,
  );

const promised = `
  enum Status { QUEUED FAILED }
  interface Named { name: String! }
  type Router implements Named { name: String!  seen: String  calls(first: Int = 50, after: String): [Int!]! }
  type Call { id: ID!  status: Status! }
  union Thing = Router | Call
  input Filter { text: String  share: Float = 0.2  status: [Status!] = [QUEUED] }
  type Query { router(name: String!): Router  find(filter: Filter): [Thing!]! }
`;
const become = (from: string, to: string): string => {
  expect(promised).toContain(from);
  return promised.replace(from, to);
};

describe('a promise that is not kept', () => {
  it.each([
    ['enum Status { QUEUED FAILED }', 'enum Status { QUEUED }', 'missing Status.FAILED: enum value'],
    ['seen: String', '', 'missing Router.seen: String'],
    [', after: String', '', 'missing Router.calls(after:): String'],
    ['(first: Int = 50, ', '(', 'missing Router.calls(first:): Int = 50'],
    ['text: String', '', 'missing Filter.text: String'],
    ['implements Named', '', 'missing Router implements Named: interface'],
    ['Router | Call', 'Router', 'missing Thing = Call: member of the union'],
    ['name: String!  seen', 'name: Int!  seen', 'differs Router.name: String! -> Int!'],
    ['status: Status!', 'status: Status', 'differs Call.status: Status! -> Status'],
    [': [Int!]!', ': [Int]!', 'differs Router.calls: [Int!]! -> [Int]!'],
    [': [Int!]!', ': Int!', 'differs Router.calls: [Int!]! -> Int!'],
    ['after: String', 'after: String!', 'differs Router.calls(after:): String -> String!'],
    ['after: String', 'after: ID', 'differs Router.calls(after:): String -> ID'],
    ['first: Int = 50', 'first: Int = 20', 'differs Router.calls(first:): Int = 50 -> Int = 20'],
    ['first: Int = 50', 'first: Int', 'differs Router.calls(first:): Int = 50 -> Int'],
    ['share: Float = 0.2', 'share: Float = 0.3', 'differs Filter.share: Float = 0.2 -> Float = 0.3'],
    ['= [QUEUED]', '= [FAILED]', 'differs Filter.status: [Status!] = [QUEUED] -> [Status!] = [FAILED]'],
    ['text: String', 'text: String!', 'differs Filter.text: String -> String!'],
    ['text: String', 'text: String  all: Boolean!', 'differs Filter.all: nothing that must be given -> Boolean!'],
    ['after: String', 'after: String, x: Int!', 'differs Router.calls(x:): nothing that must be given -> Int!'],
    ['union Thing = Router | Call', 'scalar Thing', 'differs Thing: union -> scalar'],
  ])('is told by its coordinate: %s became %s', (from, to, difference) => {
    const actual = become(from, to);
    // An interface asks its types for its fields, so that these two change together.
    expect(
      found(promised, to.startsWith('name: Int') ? actual.replace('{ name: String! }', '{ name: Int! }') : actual),
    ).toContain(difference);
  });

  it('is one difference for a type, whatever it held', () => {
    const without = become('type Call { id: ID!  status: Status! }', '').replace('Router | Call', 'Router');
    expect(found(promised, without)).toEqual(['missing Call: type', 'missing Thing = Call: member of the union']);
  });
});

describe('no promise is broken', () => {
  it.each([
    ['seen: String', 'seen: String!', 'out comes less often null'],
    ['name: String!): Router', 'name: String): Router', 'what had to be given may be left out'],
    ['name: String!): Router', 'name: String! = "x"): Router', 'what had to be given has a default'],
    ['text: String', 'text: String = "x"', 'a default is stated where none was promised'],
    ['after: String', 'after: String, x: Int! = 1', 'an argument is added that need not be given'],
    ['text: String', 'text: String  all: Boolean', 'an input field is added that need not be given'],
    ['seen: String', 'seen: String  more: Int!', 'a field is added'],
    ['QUEUED FAILED', 'QUEUED FAILED RUNNING', 'an enum value is added'],
    ['union Thing = Router | Call', 'type More { a: Int } union Thing = Router | Call | More', 'a member is added'],
    ['share: Float = 0.2', 'share: Float = 0.20', 'a default is written otherwise'],
  ])('when %s became %s: %s', (from, to) => expect(found(promised, become(from, to))).toEqual([]));

  it('when a field that another service adds answers null; a part of it may not', () => {
    const nullable = become('): [Int!]!', '): [Int!]');
    expect(found(promised, nullable)).toEqual(['differs Router.calls: [Int!]! -> [Int!]']);
    expect(found(promised, nullable, ['Router.calls'])).toEqual([]);
    expect(found(promised, become('): [Int!]!', '): [Int]'), ['Router.calls'])).toHaveLength(1);
  });
});

const wrapped = (name: string): string[] => [name, `${name}!`, `[${name}]`, `[${name}!]`, `[${name}]!`, `[${name}!]!`];
const outputs = fc.constantFrom(...wrapped('Int'), 'String', 'A', 'E!');
const inputs = fc.constantFrom(...wrapped('Int'), 'String', 'E', 'I!');
/** Absent or a type, before and after; mostly the same, so that single changes are common among the pairs. */
type Pair = [string | null, string | null];
const pairOf = (type: fc.Arbitrary<string>): fc.Arbitrary<Pair> =>
  fc.oneof(
    { weight: 8, arbitrary: type.map((same): Pair => [same, same]) },
    { weight: 1, arbitrary: fc.tuple(fc.option(type), fc.option(type)).map((pair): Pair => pair) },
  );
const SLOTS = {
  field: pairOf(outputs),
  other: pairOf(outputs),
  argument: pairOf(inputs),
  input: pairOf(inputs),
  value: pairOf(fc.constant('V')),
  type: pairOf(
    fc.constantFrom('scalar S', 'enum S { X }', 'type S { a: Int }', 'type S implements N { a: Int }', 'union S = A'),
  ),
};
const sdlOf = (slots: Record<keyof typeof SLOTS, Pair>, side: 0 | 1): string => {
  const at = (slot: keyof typeof SLOTS, text: (type: string) => string): string => {
    const type = slots[slot][side];
    return type === null ? '' : text(type);
  };
  return `
    interface N { a: Int }
    enum E { X ${at('value', (value) => value)} }
    input I { a: Int ${at('input', (type) => `b: ${type.replace('I!', 'I')}`)} }
    type A { a: Int ${at('field', (type) => `b: ${type}`)} }
    type Query { a(x: Int ${at('argument', (type) => `y: ${type}`)}): Int ${at('other', (type) => `b: ${type}`)} }
    ${at('type', (type) => type)}`;
};

describe('the walk', () => {
  it('finds as many differences as graphql-js finds breaking changes, where defaults are the same', () => {
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(fc.record(SLOTS), (slots) => {
        const [before, after] = [buildSchema(sdlOf(slots, 0)), buildSchema(sdlOf(slots, 1))];
        const breaking = findBreakingChanges(before, after);
        outcomes.add(breaking.length > 0);
        expect(differences(before, after)).toHaveLength(breaking.length);
      }),
      { numRuns: 500 },
    );
    expect(outcomes.size).toBe(2);
  });

  it('takes a type for itself, both ways', () => {
    const schema = buildSchema(
      `type Query { ${wrapped('Int')
        .map((type, i) => `f${i}: ${type}`)
        .join(' ')} }`,
    );
    const types = Object.values(schema.getQueryType()!.getFields()).map(({ type }): GraphQLOutputType => type);
    for (const a of types) {
      expect([outputHolds(a, a), inputHolds(a, a)]).toEqual([true, true]);
      // What one side may replace going out, the other may replace going in.
      for (const b of types) expect(outputHolds(a, b)).toBe(inputHolds(b, a));
    }
  });
});
