#!/usr/bin/env node
import { existsSync } from 'node:fs';
import path from 'node:path';
import { VERBS, commandOf } from './plan.mjs';
import { LauncherError, findRuntime, root, say } from './prepare.mjs';
import { runProgram } from './run-program.mjs';

/** `npx signalbox ...`: the command of the root package. It neither installs nor compiles. */
async function main(args) {
  if (!existsSync(path.join(root, VERBS.cli.target))) {
    throw new LauncherError(
      'ENVIRONMENT_INVALID',
      'Signalbox is not built yet.',
      'Run npm run build, then this again.',
    );
  }
  const command = commandOf('cli', {
    ...{ root, cwd: process.cwd(), userArgs: args },
    ...{ environment: process.env, exists: existsSync },
  });
  return runProgram(findRuntime(), command.args, { cwd: process.cwd(), env: command.env });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof LauncherError ? error.message : String(error.stack));
  process.exitCode = 1;
}
