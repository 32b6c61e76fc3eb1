import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Watchdog } from './watchdog.js';

/** A process that would live for long. */
function sleeper(): { child: ChildProcess; pid: number; ended: Promise<unknown[]> } {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  return { child, pid: child.pid ?? 0, ended: once(child, 'exit') };
}

describe('Watchdog', () => {
  it('signals what it still watches when its input ends, each with its own signal, and spares the rest', async () => {
    const watchdog = new Watchdog(undefined, () => undefined);
    const [first, second, forgotten] = [sleeper(), sleeper(), sleeper()];
    watchdog.watch(first.pid, 'SIGINT');
    watchdog.watch(forgotten.pid, 'SIGTERM');
    watchdog.watch(second.pid, 'SIGTERM');
    watchdog.forget(forgotten.pid);
    watchdog.close();
    expect(await first.ended).toEqual([null, 'SIGINT']);
    expect(await second.ended).toEqual([null, 'SIGTERM']);
    expect(forgotten.child.exitCode ?? forgotten.child.signalCode).toBeNull();
    forgotten.child.kill('SIGKILL');
    await forgotten.ended;
  });
});
