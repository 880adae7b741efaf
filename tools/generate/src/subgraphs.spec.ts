import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compose, faultOfHints } from './subgraphs.js';

const service = (description: string): string => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@shareable"])
  "${description}" type Progress @shareable { done: Int! }
  type Query { progress: Progress @shareable }`;

describe('composition', () => {
  it('fails with what differs between services, also where it composes', () => {
    const { supergraph, hints } = compose({ ingest: service('Work done.'), training: service('Work that is done.') });
    expect(supergraph).toContain('type Progress');
    expect(hints).toHaveLength(1);
    expect(faultOfHints(hints)).toMatch(/to be mended:\n.*Progress.*description/s);
  });

  it('does not fail where the services say the same', () => {
    const { hints } = compose({ ingest: service('Work done.'), training: service('Work done.') });
    expect(faultOfHints(hints)).toBeUndefined();
  });
});

describe("CI's step of the generated files", () => {
  const line = /^generated_is_current\(\).*$/m.exec(
    readFileSync(new URL('../../../.ci/run', import.meta.url), 'utf8'),
  )?.[0];
  const step = (generate: number, difference: number): number | null =>
    spawnSync('bash', [
      '-c',
      `npm() { return ${generate}; }; git() { return ${difference}; }; ${line}\ngenerated_is_current`,
    ]).status;

  it.each([
    ['passes when nothing differs', 0, 0, 0],
    ['fails when composition leaves hints, although no file differs', 1, 0, 1],
    ['fails when a file differs', 0, 1, 1],
  ])('%s', (_what, generate, difference, status) => expect(step(generate, difference)).toBe(status));
});
