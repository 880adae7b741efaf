import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openObjectStore } from './open-object-store.js';
import type { ObjectStore } from './object-store.js';

let folder: string;
let store: ObjectStore;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-objects-'));
  store = openObjectStore(pathToFileURL(join(folder, 'root')).href);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('an object store in a folder', () => {
  it('gives back what was put, and says what is not there', async () => {
    expect(await store.put('routers/a/1/model.onnx', bytes('weights'))).toEqual({ ok: true, value: { created: true } });
    expect(await store.get('routers/a/1/model.onnx')).toEqual({ ok: true, value: bytes('weights') });
    expect(await store.exists('routers/a/1/model.onnx')).toEqual({ ok: true, value: true });
    expect(await store.exists('routers/a')).toEqual({ ok: true, value: false });
    for (const key of ['routers/a/2/model.onnx', 'routers/a', 'routers/a/1/model.onnx/more']) {
      expect(await store.get(key)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    }
  });

  it('gives back a part of an object, which ends where the object does', async () => {
    await store.put('a/1', bytes('0123456789'));
    const part = (from: number, length: number) => store.read('a/1', { from, bytes: length });
    expect(await part(0, 4)).toEqual({ ok: true, value: bytes('0123') });
    expect(await part(8, 4)).toEqual({ ok: true, value: bytes('89') });
    expect(await part(10, 4)).toEqual({ ok: true, value: bytes('') });
    expect(await store.read('a', { from: 0, bytes: 1 })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });

  it('accepts the same bytes under an immutable key again and refuses others', async () => {
    await store.put('a/1', bytes('one'));
    expect(await store.put('a/1', bytes('one'))).toEqual({ ok: true, value: { created: false } });
    expect(await store.put('a/1', bytes('two'))).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    expect(await store.get('a/1')).toEqual({ ok: true, value: bytes('one') });
  });

  it('removes an object for good, and nothing beside it', async () => {
    for (const key of ['a/1/rows', 'a/1/meta', 'a/10/rows']) await store.put(key, bytes('one'));
    expect(await store.remove('a/1/rows')).toEqual({ ok: true, value: { removed: true } });
    expect(await store.remove('a/1/rows')).toEqual({ ok: true, value: { removed: false } });
    expect(await store.remove('a/1')).toEqual({ ok: true, value: { removed: false } });
    expect(await store.list('')).toEqual({ ok: true, value: ['a/1/meta', 'a/10/rows'] });
    await store.remove('a/1/meta');
    expect(await readdir(join(folder, 'root', 'a'))).toEqual(['10']);
    expect(await store.put('a/1/rows', bytes('two'))).toEqual({ ok: true, value: { created: true } });
    expect(await store.remove('../a')).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
  });

  it('lets one of many racing writers win and tells every other one', async () => {
    const texts = Array.from({ length: 16 }, (_, i) => `writer ${i}`);
    const results = await Promise.all(texts.map((text) => store.put('raced', bytes(text))));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const winner = texts[results.findIndex((result) => result.ok)];
    expect(await store.get('raced')).toEqual({ ok: true, value: bytes(winner ?? '') });
  });

  it('replaces a pointer, and a reader never sees a part of it', async () => {
    const versions = ['a', 'b'].map((letter) => bytes(letter.repeat(300_000)));
    await store.replace('pointer.json', versions[0] ?? bytes(''));
    const seen: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i += 1) {
      seen.push(store.replace('pointer.json', versions[i % 2] ?? bytes('')));
      seen.push(
        store.get('pointer.json').then((read) => {
          if (!read.ok) throw new Error(read.error.hint);
          expect(new Set(read.value).size).toBe(1);
          expect(read.value).toHaveLength(300_000);
        }),
      );
    }
    await Promise.all(seen);
  });

  it('leaves no unfinished file behind and never lists one', async () => {
    await store.put('a/1', bytes('one'));
    await store.put('a/1', bytes('two'));
    await store.replace('a/now.json', bytes('1'));
    expect(await readdir(join(folder, 'root', '.unfinished'))).toEqual([]);
    await writeFile(join(folder, 'root', '.unfinished', 'left-by-a-kill'), 'half');
    expect(await store.list('')).toEqual({ ok: true, value: ['a/1', 'a/now.json'] });
  });

  it('removes what a killed process left unfinished an hour ago, and nothing that may still be written', async () => {
    const unfinished = join(folder, 'root', '.unfinished');
    await mkdir(unfinished, { recursive: true });
    for (const name of ['old', 'new']) await writeFile(join(unfinished, name), 'half');
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(unfinished, 'old'), twoHoursAgo, twoHoursAgo);
    await store.put('a/b', bytes('x'));
    expect(await readdir(unfinished)).toEqual(['new']);
  });

  it('takes an object in pieces as it takes it whole, and tells whether it is another', async () => {
    async function* pieces(...texts: string[]) {
      for (const text of texts) yield Promise.resolve(bytes(text));
    }
    expect(await store.putStream('a/b', pieces('one ', 'two'))).toEqual({ ok: true, value: { created: true } });
    expect(await store.get('a/b')).toEqual({ ok: true, value: bytes('one two') });
    expect(await store.putStream('a/b', pieces('one', ' two'))).toEqual({ ok: true, value: { created: false } });
    for (const other of ['one twO', 'one tw', 'one two ']) {
      expect(await store.putStream('a/b', pieces(other))).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    }
    expect(await readdir(join(folder, 'root', '.unfinished'))).toEqual([]);
  });

  it('keeps nothing of an object whose pieces end in an error', async () => {
    async function* cut() {
      yield Promise.resolve(bytes('half'));
      throw new Error('the source is gone');
    }
    await expect(store.putStream('a/b', cut())).rejects.toThrow('the source is gone');
    expect(await store.exists('a/b')).toEqual({ ok: true, value: false });
    expect(await readdir(join(folder, 'root', '.unfinished'))).toEqual([]);
  });

  it('lists the keys under a folder, sorted, and not those of a name that begins alike', async () => {
    for (const key of ['r/ab/1', 'r/a/2', 'r/a/10', 'r/a/1/x']) await store.put(key, bytes(key));
    expect(await store.list('r/a')).toEqual({ ok: true, value: ['r/a/1/x', 'r/a/10', 'r/a/2'] });
    expect(await store.list('r/none')).toEqual({ ok: true, value: [] });
  });

  it('refuses a key that is an object and a folder at once', async () => {
    await store.put('a/b', bytes('file'));
    expect(await store.put('a/b/c', bytes('x'))).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    expect(await store.replace('a', bytes('x'))).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
    expect(await store.put('a', bytes('x'))).toMatchObject({ ok: false });
  });

  it('refuses every key that could climb out of the store', async () => {
    const climbing = [
      '..',
      '../x',
      'a/../../x',
      '/etc/passwd',
      'a//b',
      '',
      'a/',
      '.hidden',
      'a\\..\\b',
      'a\0b',
      '%2e%2e/x',
      './a',
    ];
    for (const key of climbing) {
      expect(await store.put(key, bytes('x'))).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
      expect(await store.get(key)).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes nothing outside its folder, whatever the key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('..', '.', '/', 'a', 'b', '\\', '~', ' '), { maxLength: 6 }),
        async (parts) => {
          await store.put(parts.join(''), bytes('x'));
          expect((await readdir(folder)).filter((name) => name !== 'root')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follows no symbolic link', async () => {
    await store.put('a/1', bytes('x'));
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(folder, 'root', 'link'));
    expect(await store.put('link/x', bytes('x'))).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    expect(existsSync(join(folder, 'outside', 'x'))).toBe(false);
  });

  // Root may write everywhere, so there is nothing to refuse.
  (process.getuid?.() === 0 ? it.skip : it)('says which folder cannot be written', async () => {
    await chmod(folder, 0o555);
    const result = await store.put('a', bytes('x'));
    await chmod(folder, 0o755);
    expect(result).toMatchObject({ ok: false, error: { code: 'DATA_FOLDER_UNWRITABLE' } });
  });
});
