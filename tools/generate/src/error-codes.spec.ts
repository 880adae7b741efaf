import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@signalbox/contracts';
import { expectedWords } from './expected-words.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const SPECS = ['{apps,libs,tools}/*/src/**/*.{spec,conformance}.ts', 'tools/*/*.spec.mjs', 'e2e/*.spec.ts'];

describe('every error code', () => {
  it('is one that some test reaches and expects: write that test beside the code that raises it', () => {
    const specs = globSync(SPECS, { cwd: root }).map((file) => readFileSync(`${root}${file}`, 'utf8'));
    const expected = new Set(specs.flatMap((source) => [...expectedWords(source)]));
    expect(Object.keys(ERROR_CODES).filter((code) => !expected.has(code))).toEqual([]);
  });

  it.each([
    ['a matcher', `expect(await failure()).toMatchObject({ problem: { code: 'A_CODE' } })`],
    ['a matcher of a rejection', `await expect(start()).rejects.toThrow(expect.objectContaining({ code: 'A_CODE' }))`],
    ['an expression', `expect(output).toMatch(/^A_CODE .*Next/)`],
    ['a table', `it.each([['blank', 'A_CODE']])('%s', (input, code) => expect(codeOf(input)).toBe(code))`],
    ['a list', `const CASES = { blank: 'A_CODE' } as const; it.each(Object.entries(CASES))('%s', check)`],
    ['a template', 'expect(lines).toEqual([`A_CODE: ${message}`])'],
  ])('is expected in %s', (_, source) => {
    expect([...expectedWords(source)]).toEqual(['A_CODE']);
  });

  it.each([
    ['a list that nothing is compared with', `const CODES = ['A_CODE'];`],
    ['what the spec sets up', `fail({ code: 'A_CODE' }); expect(shown).toBe(true);`],
    ['what is given to the code', `expect(problemOf('A_CODE')).toBeDefined()`],
    ['what shall not be', `expect(codes).not.toContain('A_CODE')`],
    ['a longer word', `expect(code).toBe('NOT_A_CODE')`],
    ['a comment', `expect(code).toBe(other) // 'A_CODE'`],
    ['a name of a test', `it('says A_CODE', run)`],
  ])('is not expected in %s', (_, source) => {
    expect(expectedWords(source)).not.toContain('A_CODE');
  });
});

describe('the next step of every error code', () => {
  const text = (file: string) => readFileSync(`${root}${file}`, 'utf8');
  const steps = Object.values(ERROR_CODES).join('\n');

  it.each([
    ['variables', /\b[A-Z]+(?:_[A-Z]+)+\b/g, text('.env.example')],
    ['operations and fields', /\b[a-z]+[A-Z]\w*/g, text('supergraph.graphql')],
  ])('names only %s that there are', (_, name, known) => {
    const named = [...steps.matchAll(name)].map(([word]) => word);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((word) => !new RegExp(`\\b${word}\\b`).test(known))).toEqual([]);
  });

  it('names only files that there are', () => {
    const named = [...steps.matchAll(/docs\/[\w.-]*\w|\.env\.example/g)].map(([file]) => file);
    expect(named).toContain('docs/honest-learning.md');
    expect(named.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
  });
});
