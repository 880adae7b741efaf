import { existsSync } from 'node:fs';
import { VERBS, commandOf } from './plan.mjs';
import { LauncherError, ensureBuilt, ensureInstalled, findRuntime, root, runToEnd, say } from './prepare.mjs';
import { runProgram } from './run-program.mjs';

/** `node tools/launcher/run.mjs VERB [ARGUMENTS]`: what the scripts of package.json call. Needs Node and npm alone. */
async function main([verb, ...args]) {
  if (!Object.hasOwn(VERBS, verb ?? '')) {
    say(`Usage: node tools/launcher/run.mjs ${Object.keys(VERBS).join('|')} [arguments]`);
    return 2;
  }
  await ensureInstalled();
  const runtime = findRuntime();
  await ensureBuilt(runtime, verb);
  const { before, target } = VERBS[verb];
  if (before) await runToEnd(runtime, before, { env: { ...process.env, NX_DAEMON: 'false' } });
  if (!target) return 0;
  const command = commandOf(verb, {
    ...{ root, cwd: process.cwd(), userArgs: args },
    ...{ environment: process.env, exists: existsSync },
  });
  return runProgram(runtime, command.args, { cwd: root, env: command.env });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof LauncherError ? error.message : String(error.stack));
  process.exitCode = 1;
}
