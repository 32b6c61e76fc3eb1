import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Who runs where: the gateway under test alone on the first core, everything else on the others.
 * @returns {{gateway: string, others: string} | undefined} lists of cores as taskset takes them; undefined where
 *   processes cannot be pinned
 */
export function planCores() {
  if (process.platform !== 'linux') return undefined;
  const cores = allowedCores();
  if (cores.length < 2 || !hasTaskset()) return undefined;
  const [gateway, ...others] = cores;
  return { gateway: String(gateway), others: others.join(',') };
}

/** Moves this process with all its threads; what it starts from now on inherits the place. */
export function pinOurselves(cores) {
  execFileSync('taskset', ['-acp', cores, String(process.pid)], { stdio: 'ignore' });
}

/** A command line that starts the program on the given cores; unchanged without any. */
export function pinned(cores, command, args) {
  return cores === undefined ? [command, args] : ['taskset', ['-c', cores, command, ...args]];
}

function hasTaskset() {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function allowedCores() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
