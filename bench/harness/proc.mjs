import { readFileSync, readdirSync } from 'node:fs';

const US_PER_TICK = 10_000;
/** Fields of a cpu line in /proc/stat in which the core did not work: idle and waiting for a disk. */
const IDLE_FIELDS = new Set([3, 4]);

/** User and system time that a process has used so far with all its threads, in microseconds (in steps of 10 ms). */
export function cpuUs(pid) {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

/** Resident memory in MB. */
export function rssMb(pid) {
  const [, kilobytes] = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kilobytes) / 1024;
}

export function openFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Working time of one core so far, whoever it worked for, in microseconds. */
export function coreBusyUs(core) {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'));
  // The last two fields, of guests, are counted in the first two as well.
  const ticks = line[1].trim().split(' ').slice(0, 8).map(Number);
  return ticks.reduce((sum, value, field) => (IDLE_FIELDS.has(field) ? sum : sum + value), 0) * US_PER_TICK;
}

/** Children of a process, whichever way they were started. */
export function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid) {
  try {
    return Number(statFields(pid)[1]);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** What follows the command's name, which may itself hold spaces and brackets. */
function statFields(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
