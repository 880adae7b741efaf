import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const follow = new URL('./follow-launcher.mjs', import.meta.url).href;

/**
 * Runs a program in this one's place: same standard streams, same arguments, signals passed on, its exit code ours.
 * The program dies with the launcher, however that dies (see follow-launcher.mjs).
 */
export function runProgram(runtime, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(runtime, ['--import', follow, ...args], {
      cwd,
      env: { ...env, SIGNALBOX_LAUNCHER: String(process.pid) },
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    });
    for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
    // npm passes on no SIGKILL of its own; a server that outlived it would hold the port.
    const parent = process.ppid;
    const orphaned = () => process.ppid !== parent && child.kill('SIGTERM');
    const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, 500) : undefined;
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      resolve(code ?? 128 + (constants.signals[signal] ?? 1));
    });
  });
}
