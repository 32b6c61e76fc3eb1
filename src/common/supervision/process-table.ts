import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** One process of this machine, as far as its user may see it. */
export interface ProcessInfo {
  pid: number;
  /** Dead, but not yet collected by its parent. */
  zombie: boolean;
  /** Opaque; equal for two looks at one process, different when the pid was given to another one. */
  startedAt: string;
  /** Program and arguments, or the title that the program gave itself. Empty for a zombie. */
  command: string;
}

/** Looks one process up; undefined when there is none with this pid. */
export function findProcess(pid: number): ProcessInfo | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === 'linux' ? readProc(pid) : runPs(['-p', String(pid)])[0];
}

/** Every process that can be seen. */
export function listProcesses(): ProcessInfo[] {
  if (process.platform !== 'linux') return runPs(['-ax']);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProc(Number(name)))
    .filter((found) => found !== undefined);
}

/** True while the process can still do something: it exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  const found = findProcess(pid);
  return found !== undefined && !found.zombie;
}

function readProc(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name stands in brackets and may itself hold brackets and blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const zombie = fields[0] === 'Z' || fields[0] === 'X';
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, zombie, startedAt: `${bootId()}/${fields[19]}`, command };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** ESRCH: the process ended between opening its file and reading it. */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

let knownBootId: string | undefined;

/** Start times of /proc count from boot, so they only identify a process together with the boot. */
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function runPs(selection: string[]): ProcessInfo[] {
  const args = ['-ww', ...selection, '-o', 'pid=,stat=,lstart=,command='];
  let output: string;
  try {
    output = execFileSync('/bin/ps', args, {
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    // `ps -p` answers 1 when the process does not exist.
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s?(.*)$/.exec(line);
    if (!match) return [];
    const [, pid, state, startedAt, command] = match;
    return [{ pid: Number(pid), zombie: state.startsWith('Z'), startedAt, command: command.trim() }];
  });
}
