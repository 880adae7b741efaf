import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parseOutcomeMatrix } from './outcome-matrix.js';

const shared = new URL('../../../../shared/data/', import.meta.url);
const sharedIt = existsSync(shared) ? it : it.skip;
const line = (query: string, performance: unknown = 1) =>
  JSON.stringify({ query, outcomes: { small: { performance } } });

describe('parseOutcomeMatrix', () => {
  it('reads a row with all that it may hold', () => {
    const row = {
      query: 'q',
      task: 't',
      group: 'g',
      outcomes: { a: { performance: 0.5, costUsd: 0, responseTimeSeconds: 2 } },
    };
    expect(parseOutcomeMatrix(JSON.stringify(row))).toEqual({ ok: true, value: [row] });
  });

  it('splits on line feeds alone and tolerates a byte order mark, carriage returns and a blank last line', () => {
    const rows = parseOutcomeMatrix(`\uFEFF${line('one\u2028still one')}\r\n${line('two')}\n\n`);
    expect(rows.ok && rows.value.map((row) => row.query)).toEqual(['one\u2028still one', 'two']);
  });

  it('keeps equal lines as rows of their own', () => {
    const rows = parseOutcomeMatrix(`${line('same')}\n${line('same')}`);
    expect(rows.ok && rows.value.length).toBe(2);
  });

  it('reads null as missing', () => {
    const rows = parseOutcomeMatrix('{"query":"q","task":null,"outcomes":{"a":{"performance":1,"costUsd":null}}}');
    expect(rows).toEqual({ ok: true, value: [{ query: 'q', outcomes: { a: { performance: 1 } } }] });
  });

  it.each([
    ['cut off', '{"query":"secret', /Not valid JSON/],
    ['no object', '[]', /^The line is not one JSON object\.$/],
    ['no query', '{"outcomes":{"a":{"performance":1}}}', /^query: is missing\.$/],
    ['no outcome', '{"query":"q","outcomes":{}}', /^outcomes: must hold at least one candidate/],
    ['outcomes left out', '{"query":"q"}', /^outcomes: is missing\.$/],
    [
      'a list of outcomes',
      '{"query":"q","outcomes":[]}',
      /^outcomes: must be an object with an outcome for each candidate\.$/,
    ],
    [
      'a candidate without a name',
      '{"query":"q","outcomes":{"":{"performance":1}}}',
      /^outcomes: a candidate has no name\.$/,
    ],
    ['an empty query', line(''), /^query: must not be empty\.$/],
    ['a blank query', line(' \t\u00a0'), /^query: must not be empty\.$/],
    [
      'a candidate twice',
      '{"query":"q: \\"a\\"","outcomes":{"a":{"performance":1}, "\\u0061" : {"performance":0}}}',
      /^outcomes\.a: is there twice/,
    ],
    ['a query twice', '{"query":"q","query":"r","outcomes":{"a":{"performance":1}}}', /^query: is there twice/],
    [
      'a score twice',
      '{"query":"q","outcomes":{"a":{"performance":1,"performance":0}}}',
      /^outcomes\.a\.performance: is there twice/,
    ],
    ['a candidate __proto__', '{"query":"q","outcomes":{"__proto__":{"performance":1}}}', /^outcomes: .*__proto__/],
    ['too good', line('q', 1.5), /^outcomes\.small\.performance: must be a number from 0 to 1/],
    ['unknown as null', line('q', null), /leave a candidate out/],
    [
      'a negative price',
      '{"query":"q","outcomes":{"a":{"performance":1,"costUsd":-1}}}',
      /^outcomes\.a\.costUsd: must be a number, 0 or more/,
    ],
    ['blank in the middle', ` \n${line('q')}`, /blank/],
  ])('names the line that is broken: %s', (_, broken, hint) => {
    const result = parseOutcomeMatrix(`${line('good')}\n${broken}\n`);
    expect(result).toEqual({
      ok: false,
      error: { code: 'OUTCOME_MATRIX_BROKEN', path: 'line 2', hint: expect.stringMatching(hint) },
    });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it('takes equal names in different objects, and whatever unknown fields hold', () => {
    const row = '{"query":"{\\"a\\":1,\\"a\\":2}","note":{"x":[1],"x":[2]},"outcomes":{"query":{"performance":1}}}';
    expect(parseOutcomeMatrix(row)).toEqual({
      ok: true,
      value: [{ query: '{"a":1,"a":2}', outcomes: { query: { performance: 1 } } }],
    });
  });

  it('refuses a file without rows', () => {
    expect(parseOutcomeMatrix('\n')).toMatchObject({ ok: false, error: { path: 'line 1' } });
  });

  sharedIt.each([
    ['llmrouter9.jsonl', 5160, 9],
    ['routerbench11.jsonl', 2225, 11],
  ])('reads every row of %s', (file, rows, candidates) => {
    const parsed = parseOutcomeMatrix(readFileSync(new URL(file, shared), 'utf8'));
    if (!parsed.ok) throw new Error(parsed.error.path);
    expect(parsed.value.length).toBe(rows);
    expect(new Set(parsed.value.flatMap((row) => Object.keys(row.outcomes))).size).toBe(candidates);
  });
});
