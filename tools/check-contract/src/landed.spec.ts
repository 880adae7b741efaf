import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { type Difference } from './differences.js';
import { landedSdl, sinceLanded, unannounced } from './landed.js';

const before = '"Words." type Query { "More words." b(x: Int = 1): Int!  a: String }';
const landed = landedSdl(buildSchema(before));
const since = (api: string): ReturnType<typeof sinceLanded> => sinceLanded(landed, buildSchema(api));

describe('the API that landed last', () => {
  it('is kept without order and words', () => {
    expect(landed).not.toContain('ords');
    expect(since('type Query { a: String  "Other words." b("x" x: Int = 1): Int! }').current).toBe(true);
  });
  it('is protected from being changed', () => {
    const { current, breaking } = since('type Query { b(x: Int = 2): Int }');
    expect(current).toBe(false);
    expect(breaking.map(({ coordinate }) => coordinate).toSorted()).toEqual(['Query.a', 'Query.b', 'Query.b(x:)']);
  });
  it('is behind when something is added, which nothing would protect', () => {
    expect(since('type Query { a: String  b(x: Int = 1, y: Int): Int!  c: C } type C { d: Int }')).toEqual({
      current: false,
      breaking: [],
      added: ['Query.b(y:)', 'Query.c', 'C'],
    });
  });
  it('is behind when something is neither added nor broken', () => {
    const stricter = since('type Query { a: String!  b(x: Int = 1): Int! }');
    expect(stricter).toEqual({ current: false, breaking: [], added: [] });
    expect(since('type Query { a: String @deprecated  b(x: Int = 1): Int! }').current).toBe(false);
  });
});

describe('a breaking change', () => {
  const breaking: Difference[] = [{ coordinate: 'Query.a', kind: 'missing', promised: 'String' }];
  const changelog = (newest: string): string =>
    `# Changelog\n\n## 2.0.0\n\nText.\n\n${newest}\n\n## 1.0.0\n\n### Breaking\n\n- \`Query.b\`\n`;

  it.each([
    ['- `Query.a` is gone; ask for `Query.b`.', '### Breaking'],
    ['- Everything is new.\n- `Query.b(x:)`, `Query.a`: gone', '### Breaking'],
  ])('is announced by its coordinate: %s', (text, heading) => {
    expect(unannounced(breaking, changelog(`### Added\n\n- x\n\n${heading}\n\n${text}\n\n### Fixed`))).toEqual([]);
  });
  it.each([
    ['no section', '- `Query.a` is gone.'],
    ['another section', '### Breaking\n\n- x\n\n### Fixed\n\n- `Query.a`'],
    ['a heading that only starts alike', '### Breaking news\n\n- `Query.a`'],
    ['a longer coordinate', '### Breaking\n\n- `Query.a(x:)` and `Query.ab`'],
    ['no backticks', '### Breaking\n\n- Query.a'],
  ])('is not announced by %s', (_what, section) => {
    expect(unannounced(breaking, changelog(section))).toEqual(breaking);
  });
  it('is not announced by an older version', () => {
    const old: Difference[] = [{ coordinate: 'Query.b', kind: 'missing', promised: 'Int' }];
    expect(unannounced(old, changelog(''))).toEqual(old);
    expect(unannounced(old, '')).toEqual(old);
  });
});
