/**
 * Makes sure that the tests find a Redis server: `redis-server` or `valkey-server` on the PATH, else Debian's package is
 * installed when this runs as root on a machine with apt. Exits 1 with one line when neither works.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ADVICE =
  'The tests need redis-server or valkey-server on the PATH: "sudo apt-get install redis-server" (Debian, Ubuntu) or "brew install valkey" (macOS).';
/** Debian asks this script before it starts a service; 101 means "do not". */
const POLICY = '/usr/sbin/policy-rc.d';

function isOnPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) =>
    names.some((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile()),
  );
}

const hasRedis = () => isOnPath('redis-server', 'valkey-server');

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', '-y', ...args], { env, stdio: 'ignore' }).status === 0;
}

function installWithoutStartingTheService() {
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return aptGet('update') && aptGet('install', '--no-install-recommends', 'redis-server');
  } finally {
    if (ownPolicy) rmSync(POLICY);
  }
}

if (!hasRedis()) {
  const mayInstall = process.getuid?.() === 0 && isOnPath('apt-get');
  if (mayInstall) console.log('No redis-server on the PATH: installing the Debian package for the tests.');
  if (!mayInstall || !installWithoutStartingTheService() || !hasRedis()) {
    console.error(ADVICE);
    process.exitCode = 1;
  }
}
