import { fileURLToPath } from 'node:url';

/** Shared by every project's jest.config.mjs: specs run from TypeScript source through SWC, as native ES modules. */
export function project(name, overrides = {}) {
  return {
    displayName: name,
    testEnvironment: 'node',
    extensionsToTreatAsEsm: ['.ts'],
    setupFiles: [fileURLToPath(new URL('./jest.properties.mjs', import.meta.url))],
    testMatch: ['<rootDir>/**/*.spec.ts'],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    modulePathIgnorePatterns: ['<rootDir>/dist/'],
    testEnvironmentOptions: { customExportConditions: ['signalbox-source', 'node', 'node-addons'] },
    transformIgnorePatterns: ['/node_modules/', '\\.mjs$'],
    transform: {
      '^.+\\.ts$': [
        '@swc/jest',
        {
          jsc: {
            target: 'es2023',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true },
            keepClassNames: true,
          },
          module: { type: 'es6' },
          sourceMaps: 'inline',
        },
      ],
    },
    ...overrides,
  };
}
