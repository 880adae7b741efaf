import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '@signalbox/contracts';

describe('a clone without the Node that the lock file brings', () => {
  let clone;
  beforeAll(() => {
    clone = mkdtempSync(path.join(tmpdir(), 'signalbox old node '));
    cpSync(fileURLToPath(new URL('.', import.meta.url)), path.join(clone, 'tools/launcher'), { recursive: true });
    writeFileSync(path.join(clone, 'old.cjs'), `Object.defineProperty(process, 'version', { value: 'v22.11.0' });`);
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  it('says under a Node that is too old which one to install, and does no more', () => {
    const args = ['--require', path.join(clone, 'old.cjs'), path.join(clone, 'tools/launcher/run.mjs'), 'start'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [what, next, ...more] = stderr.trim().split('\n');
    expect(what).toMatch(/^RUNTIME_TOO_OLD: .* v22\.11\.0/);
    expect(next).toBe(`  Next: ${ERROR_CODES.RUNTIME_TOO_OLD}`);
    expect(more).toEqual([]);
  });
});
