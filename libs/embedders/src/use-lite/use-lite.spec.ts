import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createEmbedder } from '../embedder.js';
import { describeEmbedder } from '../embedder.conformance.js';
import { readModelFiles } from './model-files.js';
import { USE_LITE_SPACE } from './use-lite-space.js';

describeEmbedder('use-lite', (workers) => createEmbedder({ provider: 'use-lite', workers }));

describe('use-lite', () => {
  it('has the revision of the files that are installed', () => {
    expect(readModelFiles().revision).toBe(USE_LITE_SPACE.revision);
  });

  it('gives the vectors that datasets were hashed with, to the last bit, on this machine too', async () => {
    const embedder = await createEmbedder({ provider: 'use-lite' });
    try {
      const vectors = await embedder.embedAll([
        'Which model for this prompt?',
        'x',
        'def f(n):\n    return n * 2\n'.repeat(20),
      ]);
      const hash = createHash('sha256');
      for (const vector of vectors) hash.update(vector);
      expect(hash.digest('hex')).toBe('01a4628ad4f4dd6a0f80f75a20289090564ad4d295a5248afef612e29b043521');
    } finally {
      await embedder.close();
    }
  }, 60_000);

  it('lets the process end although nobody closed it', async () => {
    const index = new URL('../../dist/index.js', import.meta.url).href;
    const program = `const { createEmbedder } = await import('${index}');
      const e = await createEmbedder({ provider: 'use-lite' });
      console.log((await e.embedAll(['hello']))[0].length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: {},
      timeout: 50_000,
    });
    expect(stdout.trim()).toBe('512');
  }, 60_000);
});

describe('createEmbedder', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses %p workers', async (workers) => {
    await expect(createEmbedder({ provider: 'use-lite', workers })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
