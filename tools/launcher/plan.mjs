import path from 'node:path';

const MEMORY = {
  // V8's own limits let the loop's peak reach 1.3 GB where 0.75 GB serve at the same speed; glibc's arenas add to it.
  flags: ['--max-old-space-size=512', '--max-semi-space-size=8'],
  env: { MALLOC_ARENA_MAX: '2' },
};
/** What runs beside other services reads the file that `.env.example` shows; quickstart shall never meet a real database by it. */
const ENV_FILE = { envFile: '.env' };
/**
 * What each verb runs: `target`, a file of the repository, after `build`. That is a list of projects, which are compiled
 * with all that they use if any source changed; or 'all', which always asks the compiler and also checks the specs.
 */
export const VERBS = {
  quickstart: {
    build: ['apps/standalone', 'tools/sample-traffic'],
    target: 'apps/standalone/dist/quickstart/main.js',
    ...MEMORY,
  },
  start: { build: ['apps/standalone'], target: 'apps/standalone/dist/main.js', ...MEMORY },
  migrate: { build: ['apps/standalone'], target: 'apps/standalone/dist/migrate/main.js', ...ENV_FILE },
  ...Object.fromEntries(
    ['ingest', 'labeling', 'embedding', 'training', 'registry', 'gateway'].map((app) => [
      `start-${app}`,
      {
        build: [`apps/${app}`],
        target: `apps/${app}/dist/main.js`,
        ...MEMORY,
        ...ENV_FILE,
      },
    ]),
  ),
  cli: { build: ['apps/cli'], target: 'apps/cli/dist/main.js' },
  bench: { build: ['apps/standalone', 'apps/cli', 'tools/sample-traffic', 'libs/testkit'], target: 'bench/run.mjs' },
  generate: { build: ['tools/generate'], target: 'tools/generate/dist/main.js' },
  'check-contract': { build: ['tools/check-contract'], target: 'tools/check-contract/dist/main.js' },
  'check-llmrouter': { build: ['apps/cli'], target: 'tools/check-llmrouter/check.mjs' },
  test: {
    build: 'all',
    target: 'node_modules/jest/bin/jest.js',
    env: { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
  },
  e2e: {
    build: ['apps/standalone', 'apps/cli', 'tools/sample-traffic'],
    target: 'node_modules/jest/bin/jest.js',
    args: ['--config', 'e2e/jest.config.mjs', '--maxWorkers=2'],
    env: { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
  },
  build: { build: 'all' },
  typecheck: { build: 'all' },
  // The boundary rule silently passes without Nx's graph of projects, which any nx command writes.
  lint: {
    build: [],
    before: ['node_modules/nx/dist/bin/nx.js', 'show', 'projects'],
    target: 'node_modules/eslint/bin/eslint.js',
    args: ['.'],
  },
  knip: { build: [], target: 'node_modules/knip/bin/knip.js' },
  licences: { build: [], target: 'tools/dependencies/check.mjs' },
  'new-noun': { build: [], target: 'tools/new-noun/run.mjs' },
};

/** Packages that the lock file asks for and that are not, or not in that version, in node_modules. */
export function missingPackages(lock, installed, exists) {
  return Object.entries(lock.packages)
    .filter(([folder, wanted]) => {
      // npm leaves optional packages out where they do not fit the platform; workspaces are folders of our own.
      if (!folder.includes('node_modules/') || wanted.optional) return false;
      const found = installed.packages?.[folder];
      return !found || (!wanted.link && found.version !== wanted.version) || !exists(folder);
    })
    .map(([folder]) => folder);
}

const OLDEST_RUNTIME = [22, 15];

/**
 * Which Node runs the programs: the one that the lock file brings (`bundled`, absent or not runnable: undefined),
 * else the one that runs this file, if it is new enough; undefined when there is none.
 */
export function chooseRuntime({ bundled, own, ownVersion }) {
  if (bundled) return bundled;
  const [major, minor] = ownVersion.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_RUNTIME;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor) ? own : undefined;
}

/**
 * The command line of a verb typed in folder `cwd`: arguments of Node, and the environment on top of the user's.
 * @param exists whether there is a file; Node's own --env-file-if-exists would say in plain text, among the logs, that there is none
 */
export function commandOf(verb, { root, cwd, userArgs, environment, exists }) {
  const { flags = [], envFile, target, args = [], env = {} } = VERBS[verb];
  const variables = envFile && path.join(root, envFile);
  const nodeOptions = [environment.NODE_OPTIONS, env.NODE_OPTIONS].filter(Boolean).join(' ');
  return {
    args: [
      ...flags,
      ...(variables && exists(variables) ? [`--env-file=${variables}`] : []),
      path.join(root, target),
      ...args,
      ...userArgs,
    ],
    env: {
      ...environment,
      ...env,
      ...(nodeOptions && { NODE_OPTIONS: nodeOptions }),
      // Scripts run in the repository; the user's file names are relative to where they typed.
      INIT_CWD: environment.INIT_CWD ?? cwd,
    },
  };
}
