import { expect, it } from '@jest/globals';
import { undeclaredImports } from './imports.mjs';

const project = (...texts) => ({
  name: '@signalbox/ingest',
  dependencies: ['@signalbox/spans'],
  sources: texts.map((text, n) => ({ file: `${n}.ts`, text })),
});

it('finds what a project imports and does not declare, once each', () => {
  const faults = undeclaredImports([
    project(
      `import { a } from '@signalbox/spans';\nimport type {\n  B,\n} from '@signalbox/queue';`,
      `export * from "@signalbox/queue";\nconst c = await import('@signalbox/contracts/graphql');\nimport '@signalbox/ingest';`,
    ),
  ]);
  expect(faults).toEqual([
    expect.stringMatching(/^0\.ts imports @signalbox\/queue, which @signalbox\/ingest does not declare\.\n {2}Next: /),
    expect.stringMatching(/^1\.ts imports @signalbox\/contracts,/),
  ]);
});

it('takes no prose for an import', () => {
  expect(undeclaredImports([project(`// as '@signalbox/queue' does\nconst name = '@signalbox/queue';`)])).toEqual([]);
});
