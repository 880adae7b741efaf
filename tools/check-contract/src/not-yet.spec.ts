import { describe, expect, it } from '@jest/globals';
import { type Difference } from './differences.js';
import { parseNotYet, sortByList } from './not-yet.js';

const gone: Difference = { coordinate: 'Mutation.forget', kind: 'missing', promised: 'Int!' };
const other: Difference = { coordinate: 'Query.name', kind: 'differs', promised: 'String!', actual: 'String' };

describe('the list of what is not there yet', () => {
  it('puts off what it names, with its issue', () => {
    expect(sortByList([gone], { 'Mutation.forget': 4 })).toEqual({
      missing: [],
      differs: [],
      expected: [{ coordinate: 'Mutation.forget', issue: 4 }],
      stale: [],
    });
  });
  it('puts off nothing else', () => {
    expect(sortByList([gone], {}).missing).toEqual([gone]);
  });
  it('has a stale entry for what is there', () => {
    expect(sortByList([], { 'Mutation.forget': 4 }).stale).toEqual(['Mutation.forget']);
  });
  it('cannot put off a difference, whose entry is stale as well', () => {
    expect(sortByList([other], { 'Query.name': 4 })).toMatchObject({ differs: [other], stale: ['Query.name'] });
  });
  it.each(['[]', '{"Query.name": "soon"}', '{"Query.name": 0}'])(
    'is refused when it does not say which issue: %s',
    (json) => {
      expect(() => parseNotYet(json)).toThrow();
    },
  );
});
