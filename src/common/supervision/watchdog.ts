import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { errorCode } from './error-code.js';
import type { OsAccount } from './os-account.js';
import { RestartBudget } from './restart-budget.js';
import { spawnOptionsFor } from './run-as.js';

/**
 * Keeps "pid:signal" pairs as told over its standard input. The input ends when the parent is gone, even by
 * `kill -9`; then every process still on the list gets its signal. It ignores the signals of a terminal itself.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
list=''
while read -r op pid signal; do
  kept=''
  for entry in $list; do [ "\${entry%%:*}" = "$pid" ] || kept="$kept $entry"; done
  list=$kept
  [ "$op" = add ] && list="$list $pid:$signal"
done
for entry in $list; do kill -s "\${entry#*:}" "\${entry%%:*}"; done
`;

/** Stops the servers when this process dies without having done it. A tiny shell, so it costs next to nothing. */
export class Watchdog {
  private readonly watched = new Map<number, string>();
  private readonly budget = new RestartBudget();
  private child?: ChildProcess;
  private closed = false;

  constructor(
    private readonly account: OsAccount | undefined,
    private readonly log: (message: string) => void,
  ) {
    this.launch();
  }

  /** Signals `pid` (a name such as SIGINT) should we vanish before `forget(pid)`. */
  watch(pid: number, signal: NodeJS.Signals): void {
    const shortName = signal.replace(/^SIG/, '');
    this.watched.set(pid, shortName);
    this.tell(`add ${pid} ${shortName}`);
  }

  forget(pid: number): void {
    this.watched.delete(pid);
    this.tell(`drop ${pid}`);
  }

  /** Ends the watchdog; whatever is still watched gets its signal now. */
  close(): void {
    this.closed = true;
    this.child?.stdin?.end();
  }

  private tell(line: string): void {
    this.child?.stdin?.write(`${line}\n`);
  }

  private launch(): void {
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      ...spawnOptionsFor(this.account),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.child = child;
    child.unref();
    child.once('error', (error) => this.log(`The watchdog cannot be run (${errorCode(error)}).`));
    child.once('exit', () => this.replace());
    child.stdin?.on('error', (error) => {
      if (!this.closed) this.log(`The watchdog cannot be told anything (${errorCode(error)}).`);
    });
    for (const [pid, signal] of this.watched) this.tell(`add ${pid} ${signal}`);
  }

  private replace(): void {
    if (this.closed) return;
    if (this.budget.take(Date.now()) === undefined) {
      this.log('The watchdog keeps dying: the embedded servers will outlive a crash of this process.');
      return;
    }
    this.launch();
  }
}
