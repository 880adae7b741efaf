import { describe, expect, it } from '@jest/globals';
import { openScratchFile } from './scratch-file.js';

describe('a folder where no file can be written', () => {
  it('is named with a code', () => {
    expect(() => openScratchFile('/nowhere/at/all')).toThrow(
      expect.objectContaining({
        code: 'DATA_FOLDER_UNWRITABLE',
        message: 'The folder for temporary files, /nowhere/at/all, cannot be written (ENOENT).',
      }),
    );
  });
});
