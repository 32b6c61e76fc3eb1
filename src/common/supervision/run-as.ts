import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';
import { errorCode } from './error-code.js';
import type { OsAccount } from './os-account.js';

/** How a helper program ended: `code` 0 is success, -1 means that it could not be run or was killed. */
export interface RunResult {
  code: number;
  /** Both output streams, in the order they arrived. */
  output: string;
}

/**
 * Spawn options shared by every embedded program: the account, a root directory that everybody can enter, no
 * controlling terminal (Ctrl-C must not reach it before us), and none of our environment, which holds secrets.
 */
export function spawnOptionsFor(account: OsAccount | undefined): SpawnOptions {
  return {
    cwd: '/',
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  };
}

/** Runs a program to its end under `account` (or as ourselves). Never throws; `onSpawn` tells the pid. */
export function runAs(
  account: OsAccount | undefined,
  command: string,
  args: readonly string[],
  onSpawn?: (pid: number) => void,
): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...spawnOptionsFor(account), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('error', (error) => resolve({ code: -1, output: `cannot run ${command} (${errorCode(error)})` }));
    child.once('close', (code, signal) => resolve({ code: code ?? -1, output: output || `ended by ${signal}` }));
    if (child.pid !== undefined) onSpawn?.(child.pid);
  });
}
