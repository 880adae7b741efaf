import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { START, tracesOf } from '../../testing/calls.js';
import { otlpResourceSpans } from '../../testing/fake-jaeger.js';
import { FileReader } from './file.reader.js';

describe('a FILE source', () => {
  let folder: string;
  let outside: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-files-'));
    outside = await mkdtemp(join(tmpdir(), 'signalbox-files-'));
    await mkdir(join(folder, 'deep', 'er'), { recursive: true });
    const document = (start: number) =>
      JSON.stringify({ resourceSpans: otlpResourceSpans(tracesOf(2, 10, `${start}`, start)) });
    await writeFile(join(folder, 'deep', 'a.json'), document(START));
    await writeFile(join(folder, 'deep', 'er', 'b.json'), document(START + 1_000));
    await writeFile(join(folder, 'broken.json'), '{"resourceSpans": [');
    await writeFile(join(outside, 'secret.json'), document(START));
    await symlink(join(outside, 'secret.json'), join(folder, 'link.json'));
  });
  afterAll(() => Promise.all([folder, outside].map((each) => rm(each, { recursive: true }))));

  it('reads every file of a folder together, each window from its start to before its end', async () => {
    const reader = await FileReader.open(folder, 'deep');
    expect((await reader.search('', START, START + 10_000)).traces).toBe(4);
    expect((await reader.search('', START, START + 10)).traces).toBe(1);
    expect((await reader.search('', START + 10, START + 1_000)).traces).toBe(1);
    expect((await reader.search('other', START, START + 10_000)).traces).toBe(0);
  });

  it('reads no more files once its signal is aborted', async () => {
    await expect(FileReader.open(folder, 'deep', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it.each(['../', '/etc/passwd', 'link.json', 'deep/../../', 'nothing.json'])('reads nothing at %s', async (path) => {
    await expect(FileReader.open(folder, path)).rejects.toMatchObject({
      code: expect.stringMatching(/^SOURCE_(REFUSED|UNREACHABLE)$/),
    });
  });

  it('says which file is broken, and that the operator has to name a folder', async () => {
    await expect(FileReader.open(folder, 'broken.json')).rejects.toMatchObject({
      code: 'FORMAT_BROKEN',
      message: expect.stringContaining('broken.json'),
    });
    await expect(FileReader.open('', 'deep')).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      nextStep: expect.stringContaining('TRACE_FILES'),
    });
  });
});
