import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf } from './failures.js';
import { finiteNumbers } from './finite-numbers.plugin.js';
import { storableText } from './storable-text.plugin.js';

const typeDefs = `
  input Rating { score: Float  tags: [String!] }
  type Query { rate(input: Rating, limit: Float, text: String): Boolean }
`;

describe('the values of a request', () => {
  let asked = 0;
  const server = new ApolloServer({
    typeDefs,
    resolvers: { Query: { rate: () => (asked += 1) > 0 } },
    plugins: [storableText, finiteNumbers],
    formatError: answerOf,
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  const faultOf = async (query: string, variables: Record<string, unknown> = {}) => {
    const { body } = await server.executeOperation({ query, variables });
    const [error] = (body.kind === 'single' ? body.singleResult.errors : undefined) ?? [];
    return error && { code: error.extensions?.['code'], message: error.message };
  };

  it.each([
    ['{ rate(input: { score: 1e400 }) }', {}, 'input.score'],
    ['{ rate(limit: -1e400) }', {}, 'limit'],
    [`{ rate(limit: 1${'0'.repeat(400)}) }`, {}, 'limit'],
    ['query ($limit: Float) { rate(limit: $limit) }', { limit: Infinity }, 'variables.limit'],
    ['query ($input: Rating) { rate(input: $input) }', { input: { score: -Infinity } }, 'variables.input.score'],
    ['query ($limit: Float = 1e400) { rate(limit: $limit) }', {}, 'variables.limit'],
    ['{ rate(input: { tags: ["good", "\\u0000"] }) }', {}, 'input.tags.1'],
    ['query ($text: String) { rate(text: $text) }', { text: '\ud800' }, 'variables.text'],
  ])(
    'are refused where they are no number or text that can be kept, by their place: %s',
    async (query, given, place) => {
      const before = asked;
      const fault = await faultOf(query, given);
      expect(fault?.code).toBe('INVALID_INPUT');
      expect(fault?.message.startsWith(`${place}: `)).toBe(true);
      expect(asked).toBe(before);
    },
  );

  it('are taken up to the largest number there is', async () => {
    expect(await faultOf('{ rate(limit: 1.79e308, input: { score: -1.79e308, tags: ["1e400"] }) }')).toBeUndefined();
  });
});
