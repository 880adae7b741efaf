export default {
  projects: ['<rootDir>/{apps,libs,tools}/*/jest.config.mjs'],
  globalSetup: '<rootDir>/libs/testkit/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testkit/global-teardown.mjs',
  testSequencer: '<rootDir>/jest.sequencer.cjs',
  // A database starts in half a second alone, and in ten when every worker starts one on a busy machine.
  testTimeout: 30_000,
};
