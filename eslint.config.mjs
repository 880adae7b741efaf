import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const only = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });

/** What may import what; `docs/architecture.md` draws it. */
const layers = [
  only('type:contracts'),
  only('type:pure', 'type:contracts', 'type:pure'),
  only('type:infrastructure', 'type:contracts', 'type:pure'),
  only('type:runtime', 'type:contracts', 'type:pure', 'type:infrastructure'),
  // What every service is made of: the infrastructure put together.
  only('type:platform', 'type:contracts', 'type:pure', 'type:infrastructure'),
  only('type:app', 'type:contracts', 'type:pure', 'type:infrastructure', 'type:runtime', 'type:platform'),
  only(
    'type:standalone',
    ...['type:contracts', 'type:pure', 'type:infrastructure', 'type:runtime', 'type:platform', 'type:app'],
  ),
  only(
    'type:tool',
    'type:contracts',
    'type:pure',
    'type:infrastructure',
    'type:runtime',
    'type:platform',
    'type:app',
    'type:standalone',
  ),
  only('type:testkit', 'type:contracts', 'type:infrastructure'),
  only('type:sample', 'type:contracts'),
];

/** Tests may also use the testkit and the sample traffic; nothing else may. */
const layersOfTests = layers.map(({ sourceTag, onlyDependOnLibsWithTags }) =>
  only(sourceTag, ...onlyDependOnLibsWithTags, 'type:pure', 'type:testkit', 'type:sample'),
);

const boundaries = (depConstraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: true,
      allow: [],
      depConstraints,
      // Jest's global setup of the testkit loads it after the build, since it runs outside of the transform.
      checkDynamicDependenciesExceptions: ['@signalbox/database'],
    },
  ],
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.signalbox/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      ...boundaries(layers),
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'The environment is read in libs/platform/src/environment.ts alone.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Nest modules and GraphQL marker types are classes without members.
      '@typescript-eslint/no-extraneous-class': 'off',
      // A tagged result is narrowed by `ok`, and an index access that the bounds prove is common in numeric code.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unbound-method': 'off',
      // It does not see what a closure or a cast-free JSON value may become.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An async function without await turns a throw into a rejection, which is what its callers expect.
      '@typescript-eslint/require-await': 'off',
      // GraphQL types are classes that only describe plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    // Decorated constructors need the class at run time, which a type-only import would erase.
    files: ['apps/**/*.ts', 'libs/platform/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'e2e/**/*.ts'],
    rules: {
      ...boundaries(layersOfTests),
      // Tests look into parsed JSON and call doors in odd ways on purpose.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['libs/platform/src/environment.ts', 'apps/cli/src/main.ts'],
    rules: {
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' }],
    },
  },
);
