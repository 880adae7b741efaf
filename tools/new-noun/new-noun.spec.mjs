import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { addImports, appendToArray } from './edit.mjs';
import { makeNoun } from './make.mjs';
import { namesOf } from './names.mjs';

// A compiler and a test run of their own.
jest.setTimeout(180_000);

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A folder in which the given services are copies, to be changed, and all the rest is the repository's. */
function copyOf(services) {
  const copy = mkdtempSync(path.join(tmpdir(), 'signalbox-new-noun-'));
  const link = (name) => symlinkSync(path.join(repository, name), path.join(copy, name));
  const shared = ['package.json', 'tsconfig.base.json', 'jest.preset.mjs', 'jest.properties.mjs', 'supergraph.graphql'];
  for (const name of ['node_modules', 'libs', 'eslint.config.mjs', '.prettierrc.json', ...shared]) link(name);
  mkdirSync(path.join(copy, 'apps'));
  for (const service of services) {
    cpSync(path.join(repository, 'apps', service), path.join(copy, 'apps', service), {
      recursive: true,
      filter: (file) => !/[/\\](dist|node_modules)$/.test(file),
    });
  }
  return copy;
}

function run(copy, args, env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: `${stdout}${stderr}` };
}

const listing = (folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();

describe('a new noun', () => {
  // Both forms that a list of providers has today: spread groups, and one a line.
  const wanted = [
    { service: 'labeling', noun: 'grading-rubric' },
    { service: 'registry', noun: 'policy' },
  ];
  let copy;
  const made = [];
  beforeAll(async () => {
    copy = copyOf(wanted.map(({ service }) => service));
    for (const each of wanted) made.push(await makeNoun(copy, each));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('has every layer, a migration after the last one, and a place in the module', () => {
    expect(made[0].written.map((file) => path.relative('apps/labeling/src', file))).toEqual([
      'grading-rubrics/grading-rubric.type.ts',
      'grading-rubrics/grading-rubric.input.ts',
      'grading-rubrics/grading-rubric.repository.ts',
      'grading-rubrics/grading-rubric.service.ts',
      'grading-rubrics/grading-rubric.resolver.ts',
      'grading-rubrics/grading-rubrics.spec.ts',
      expect.stringMatching(/^migrations\/\d{4}-grading-rubrics\.ts$/),
      'labeling.module.ts',
      'labeling.database.ts',
    ]);
    const migrations = readFileSync(path.join(copy, 'apps/labeling/src/labeling.database.ts'), 'utf8');
    const stamps = [...migrations.match(/migrations: \[(.*?)\]/s)[1].matchAll(/\d{13}/g)].map(([stamp]) => stamp);
    expect(stamps).toEqual(stamps.toSorted());
    expect(new Set(stamps).size).toBe(stamps.length);
  });

  it('compiles under the rules of the repository', () => {
    const config = {
      extends: './tsconfig.base.json',
      compilerOptions: { noEmit: true, composite: false, declaration: false, declarationMap: false },
      files: made.flatMap(({ written }) => written),
    };
    writeFileSync(path.join(copy, 'tsconfig.json'), JSON.stringify(config));
    expect(run(copy, ['node_modules/typescript/bin/tsc', '-p', '.'])).toEqual({ status: 0, output: '' });
  });

  it('is formatted', () => {
    const files = made.flatMap(({ written }) => written);
    expect(run(copy, ['node_modules/prettier/bin/prettier.cjs', '--check', ...files])).toMatchObject({ status: 0 });
  });

  it('passes its own spec, against PostgreSQL', () => {
    const config = `export default {
      projects: ['<rootDir>/apps/*/jest.config.mjs'],
      globalSetup: ${JSON.stringify(path.join(repository, 'libs/testkit/global-setup.mjs'))},
      globalTeardown: ${JSON.stringify(path.join(repository, 'libs/testkit/global-teardown.mjs'))},
    };`;
    writeFileSync(path.join(copy, 'jest.config.mjs'), config);
    const specs = made.flatMap(({ written }) => written).filter((file) => file.endsWith('.spec.ts'));
    const { status, output } = run(
      copy,
      [
        'node_modules/jest/bin/jest.js',
        '--runInBand',
        '--runTestsByPath',
        ...specs.map((file) => path.join(copy, file)),
      ],
      { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning', JEST_WORKER_ID: undefined },
    );
    expect(output).toMatch(/Test Suites: 2 passed, 2 total/);
    expect(status).toBe(0);
  });

  it('is refused the second time, and nothing is written', async () => {
    const before = listing(path.join(copy, 'apps'));
    await expect(makeNoun(copy, wanted[0])).rejects.toThrow(
      /^CONFLICT: .*grading-rubrics is there already\.\n {2}Next: /,
    );
    expect(listing(path.join(copy, 'apps'))).toEqual(before);
  });

  it.each([
    ['a type of another service', { service: 'registry', noun: 'llm-call' }, /type LlmCall already/],
    ['an enum', { service: 'registry', noun: 'labeler-kind' }, /type LabelerKind already/],
    ['a field', { service: 'registry', noun: 'decide' }, /field decide already/],
  ])('is refused where the API has %s of that name', async (_what, noun, message) => {
    await expect(makeNoun(copy, noun)).rejects.toThrow(message);
    expect(existsSync(path.join(copy, 'apps/registry/src', `${noun.noun}s`))).toBe(false);
  });
});

describe('names', () => {
  it('have every form that the files need', () => {
    expect(namesOf('labeling', 'price-list')).toMatchObject({
      plural: 'price-lists',
      type: 'PriceList',
      fields: 'priceLists',
      wordsPlural: 'price lists',
      table: 'labeling.price_list',
      graph: 'LabelingGraph',
    });
    expect(['policy', 'batch', 'index', 'day', 'class'].map((noun) => namesOf('ingest', noun).plural)).toEqual([
      'policies',
      'batches',
      'indexes',
      'days',
      'classes',
    ]);
    expect(namesOf('ingest', 'person', 'people').plural).toBe('people');
  });

  it.each([
    ['gateway', 'rubric', /^NOT_FOUND: There is no service "gateway"\.\n {2}Next: Name one of ingest, labeling/],
    ['labeling', 'Rubric', /^INVALID_INPUT: "Rubric" is no name for a noun\.\n {2}Next: Write lower-case/],
    ['labeling', '../rubric', /no name/],
    ['labeling', 'rubric_2', /no name/],
    ['labeling', '', /no name/],
    ['labeling', 'a'.repeat(41), /no name/],
    ['labeling', 'rubrics', /looks like a plural/],
    ['labeling', 'user', /reserved word/],
  ])('%s %s is refused with the next step', (service, noun, message) => {
    expect(() => namesOf(service, noun)).toThrow(message);
  });
});

describe('what is put into a file', () => {
  const add = (text) => appendToArray('x.module.ts', text, 'providers', ['B']);

  it('goes to the end of the one array of that name, whatever stands around it', () => {
    expect(add('const m = { providers: [] };')).toBe('const m = { providers: [B] };');
    expect(add(`@Module({ imports: [X], providers: [...[A], { provide: T, useValue: [1] }] })\nclass M {}`)).toBe(
      `@Module({ imports: [X], providers: [...[A], { provide: T, useValue: [1] }, B] })\nclass M {}`,
    );
    expect(add('f({ providers: [\n  A,\n] });')).toBe('f({ providers: [\n  A, B,\n] });');
  });

  it('is refused where there is no such array, or several', () => {
    expect(() => add('const m = { providers: providersOf(x) };')).toThrow(
      /^CONFLICT: x\.module\.ts has 0 properties.*Next: /s,
    );
    expect(() => add('a({ providers: [A] }); b({ providers: [B] });')).toThrow(/has 2 properties/);
  });

  it('is imported in the order of paths', () => {
    const text = `import x from 'x';\nimport { A } from './a.js';\nimport {\n  C,\n} from './c.js';\n\nf();`;
    const imports = ['b', 'd'].map((name) => ({ name: name.toUpperCase(), from: `./${name}.js` }));
    expect(addImports('f.ts', text, imports)).toBe(
      `import x from 'x';\nimport { A } from './a.js';\nimport { B } from './b.js';\nimport {\n  C,\n} from './c.js';\nimport { D } from './d.js';\n\nf();`,
    );
  });
});
