import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Files, check } from './check.js';
import { landedSdl } from './landed.js';
import { type Report, reportText } from './report.js';
import { apiSchemaOf } from './supergraph.js';

const supergraph = fileURLToPath(new URL('../../../supergraph.graphql', import.meta.url));
const PROMISED = 'type Router @key(fields: "name") { name: String! } type Query { router(name: String!): Router }';
const CHECK = { accept: false, contractNeeded: false };
const ACCEPT = { accept: true, contractNeeded: false };

let folder: string;
let files: Files;
let current: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-contract-'));
  current = landedSdl(apiSchemaOf(await readFile(supergraph, 'utf8')));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  files = { supergraph, contract: at('api'), notYet: at('not-yet'), landed: at('landed'), changelog: at('changelog') };
  await writeFile(files.contract, PROMISED);
  await writeFile(files.notYet, '{}');
  await writeFile(files.landed, current);
  await writeFile(files.changelog, '# Changelog\n\n## 1.0.0\n');
});

const text = (report: Report): string => reportText(report).replaceAll(folder, '');

describe('the check', () => {
  it('passes on a contract that is kept and an API that landed', async () => {
    const report = await check(files, CHECK);
    expect(report.ok).toBe(true);
    expect(text(report)).toBe(
      'contract /api: 0 missing, 0 differ, 0 not there yet, 0 stale\nlanded: the API is the one that landed last\n',
    );
  });

  it('says that it was skipped where there is no contract, unless somebody asked for this one', async () => {
    await rm(files.contract);
    const report = await check(files, CHECK);
    expect([report.ok, text(report).split('\n')[0]]).toEqual([true, 'skipped contract: /api is not there']);
    await expect(check(files, { ...CHECK, contractNeeded: true })).rejects.toThrow('ENOENT');
  });

  it.each([
    ['missing', 'router(name: String!): Router  soon: Int', '{}', 'Query.soon: Int'],
    ['differing', 'router(name: Int!): Router', '{}', 'Query.router(name:): Int!; found String!'],
    ['stale', 'router(name: String!): Router', '{"Query.router": 4}', 'Query.router'],
  ])('fails on something %s', async (_what, field, notYet, line) => {
    await writeFile(files.contract, PROMISED.replace('router(name: String!): Router', field));
    await writeFile(files.notYet, notYet);
    const report = await check(files, CHECK);
    expect(report.ok).toBe(false);
    expect(text(report).split('\n')).toContain(`    ${line}`);
  });

  it('passes on something that is not there yet, and shows it', async () => {
    await writeFile(files.contract, PROMISED.replace('): Router', '): Router  soon: Int'));
    await writeFile(files.notYet, '{"Query.soon": 4}');
    const report = await check(files, CHECK);
    expect(report.ok).toBe(true);
    expect(text(report)).toContain('    Query.soon (issue 4)\n');
  });
});

describe('an API other than the one that landed', () => {
  it('fails when it only adds, until it is accepted', async () => {
    await writeFile(files.landed, current.replace(/^  traceSources.*\n/m, ''));
    const report = await check(files, CHECK);
    expect(report.ok).toBe(false);
    expect(text(report)).toContain('landed: 0 breaking, 1 added\n  added\n    Query.traceSources\n  Next: run');
    expect(await readFile(files.landed, 'utf8')).not.toBe(current);

    expect((await check(files, ACCEPT)).ok).toBe(true);
    expect(await readFile(files.landed, 'utf8')).toBe(current);
    expect((await check(files, CHECK)).ok).toBe(true);
  });

  it('is not accepted when it breaks what the changelog does not name', async () => {
    const broken = current.replace(/^type Query \{$/m, 'type Query {\n  old: Int');
    await writeFile(files.landed, broken);
    for (const options of [CHECK, ACCEPT]) {
      const report = await check(files, options);
      expect(report.ok).toBe(false);
      expect(text(report)).toContain('    Query.old: Int\n  Next: keep what landed, or say under ### Breaking');
      expect(await readFile(files.landed, 'utf8')).toBe(broken);
    }
  });

  it('is accepted, and only on demand, when the changelog names what it breaks', async () => {
    await writeFile(files.landed, current.replace(/^type Query \{$/m, 'type Query {\n  old: Int'));
    await writeFile(files.changelog, '# Changelog\n\n## 1.0.0\n\n### Breaking\n\n- `Query.old` is gone.\n');
    expect((await check(files, CHECK)).ok).toBe(false);
    expect((await check(files, ACCEPT)).ok).toBe(true);
    expect(await readFile(files.landed, 'utf8')).toBe(current);
  });
});
