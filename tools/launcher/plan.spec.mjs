import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VERBS, chooseRuntime, commandOf, missingPackages } from './plan.mjs';
import { missingOutputs } from './prepare.mjs';

const lock = {
  packages: {
    '': { name: 'signalbox' },
    'libs/spans': { name: '@signalbox/spans' },
    'node_modules/@signalbox/spans': { resolved: 'libs/spans', link: true },
    'node_modules/pg': { version: '8.23.1' },
    'node_modules/other-platform': { version: '1.0.0', optional: true },
  },
};
const complete = {
  packages: { 'node_modules/@signalbox/spans': { link: true }, 'node_modules/pg': { version: '8.23.1' } },
};
const everythingThere = () => true;

describe('what is missing in node_modules', () => {
  it('is nothing after npm ci, although packages for other platforms are left out', () => {
    expect(missingPackages(lock, complete, everythingThere)).toEqual([]);
  });
  it('is everything before it, and after one that was cut short', () => {
    expect(missingPackages(lock, {}, everythingThere)).toEqual(['node_modules/@signalbox/spans', 'node_modules/pg']);
  });
  it('is a package of another version, and one whose folder is gone', () => {
    const old = { packages: { ...complete.packages, 'node_modules/pg': { version: '8.0.0' } } };
    expect(missingPackages(lock, old, everythingThere)).toEqual(['node_modules/pg']);
    expect(missingPackages(lock, complete, (folder) => !folder.endsWith('spans'))).toEqual([
      'node_modules/@signalbox/spans',
    ]);
  });
});

describe('the runtime', () => {
  const own = '/usr/bin/node';
  it('is the one that the lock file brings, where it runs', () => {
    expect(chooseRuntime({ bundled: '/n/node', own, ownVersion: 'v20.19.0' })).toBe('/n/node');
  });
  it("is else the system's, from 22.15 on, and none below", () => {
    expect(chooseRuntime({ own, ownVersion: 'v22.15.0' })).toBe(own);
    expect(chooseRuntime({ own, ownVersion: 'v24.0.1' })).toBe(own);
    expect(chooseRuntime({ own, ownVersion: 'v22.14.0' })).toBeUndefined();
    expect(chooseRuntime({ own, ownVersion: 'v20.20.2' })).toBeUndefined();
  });
});

describe('the command of a verb', () => {
  const surroundings = { environment: { PORT: '1' }, exists: everythingThere };
  const typed = { ...surroundings, root: '/my clone', cwd: '/home/me', userArgs: ['--once', 'a b'] };
  it('bounds the memory of what stays up', () => {
    for (const verb of ['start', 'quickstart']) {
      const { args, env } = commandOf(verb, typed);
      expect(args.slice(0, 2)).toEqual(['--max-old-space-size=512', '--max-semi-space-size=8']);
      expect(args.slice(3)).toEqual(['--once', 'a b']);
      expect(env).toMatchObject({ MALLOC_ARENA_MAX: '2', PORT: '1' });
    }
  });
  it('reads .env of the clone where services run by themselves, if it is there', () => {
    for (const verb of ['migrate', 'start-ingest', 'start-gateway'])
      expect(commandOf(verb, typed).args).toContain('--env-file=/my clone/.env');
    for (const verb of ['start', 'quickstart']) expect(commandOf(verb, typed).args.join()).not.toContain('env-file');
    expect(commandOf('start-ingest', { ...typed, exists: () => false }).args.join()).not.toContain('env-file');
  });
  it('says where the user typed, which npm knows better than the working folder', () => {
    expect(commandOf('cli', typed).env.INIT_CWD).toBe('/home/me');
    const throughNpm = { ...typed, environment: { INIT_CWD: '/home/me/traces' } };
    expect(commandOf('cli', throughNpm).env.INIT_CWD).toBe('/home/me/traces');
  });
  it("keeps the user's NODE_OPTIONS beside those of the tests", () => {
    const { env } = commandOf('test', { ...typed, environment: { NODE_OPTIONS: '--trace-warnings' } });
    expect(env.NODE_OPTIONS).toMatch(/^--trace-warnings --experimental-vm-modules/);
  });
  it('exists for every script of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const called = Object.values(scripts).flatMap(
      (script) => /launcher\/run\.mjs ([a-z0-9-]+)/.exec(script)?.[1] ?? [],
    );
    expect(called.toSorted()).toEqual(Object.keys(VERBS).toSorted());
  });
  it('compiles once: after a build nothing that it needs is missing', () => {
    for (const [verb, { build }] of Object.entries(VERBS)) {
      if (build !== 'all') expect([verb, missingOutputs(verb)]).toEqual([verb, []]);
    }
  });
});
