import { isAbsolute, resolve } from 'node:path';

/** A path as the user meant it: npm runs scripts in the workspace root, and keeps where the user typed in INIT_CWD. */
export function userPath(path: string, initCwd: string | undefined): string {
  return isAbsolute(path) ? path : resolve(initCwd ?? process.cwd(), path);
}
