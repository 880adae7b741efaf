import { project } from '../jest.preset.mjs';

export default project('e2e', {
  globalSetup: '<rootDir>/../libs/testkit/global-setup.mjs',
  testSequencer: '<rootDir>/../jest.sequencer.cjs',
  globalTeardown: '<rootDir>/../libs/testkit/global-teardown.mjs',
});
